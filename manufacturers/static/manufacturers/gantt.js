// The plan board, drawn from the figures beside it: any zoom without asking the server again; a lot is dragged, or moved
// with Shift and the arrow keys; what that pushes is shown with what it costs, then kept or undone. The table beneath
// the board says the same without scripts.

import { draw, LANE, stepMinutes, ZOOMS } from "./drawing.js";
import { onPaper } from "./printing.js";

const EDGE = 8;
const frame = document.querySelector("[data-plan-board]");
const board = frame && JSON.parse(document.getElementById(frame.dataset.planBoard).textContent);
const panel = document.getElementById("lot-panel");
const trial = document.getElementById("trial");
const query = new URLSearchParams(location.search);
const view = {
  zoom: ZOOMS[query.get("zoom")] ? query.get("zoom") : "days",
  selected: query.get("lot") || "",
  preview: new Map(),
};
// A lot on its way: its place among the lots, and how far it was taken, in minutes and in lanes.
let moving = null;

const elementOf = (key) => frame.querySelector(`[data-lot="${CSS.escape(key)}"]`);
const lotOf = (element) => board.lots.findIndex((lot) => lot[0] === element.dataset.lot);
const perMinute = () => ZOOMS[view.zoom].pixels / 1440;

function redraw(focused) {
  const left = frame.scrollLeft;
  frame.innerHTML = draw(board, view);
  frame.scrollLeft = left;
  if (focused && elementOf(focused)) elementOf(focused).focus({ preventScroll: true });
}

function say(text) {
  document.getElementById("trial-says").textContent = text;
}

// ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
function begin(place) {
  if (moving && moving.place === place) return;
  if (moving) undo();
  moving = { place, minutes: 0, lanes: 0, asked: 0 };
  elementOf(board.lots[place][0]).classList.add("moving");
}

function shift(minutes, lanes) {
  const lane = board.lots[moving.place][2];
  moving.minutes = minutes;
  moving.lanes = Math.max(-lane, Math.min(board.lines.length - 1 - lane, lanes));
  const x = Math.round(moving.minutes * perMinute());
  const element = elementOf(board.lots[moving.place][0]);
  element.setAttribute("transform", `translate(${x} ${moving.lanes * LANE})`);
}

function undo() {
  if (!moving) return;
  const key = board.lots[moving.place][0];
  moving = null;
  view.preview.clear();
  trial.hidden = true;
  redraw(key);
}

async function send(keep) {
  const lot = board.lots[moving.place];
  const start = board.start + (lot[6] + moving.minutes) * 60000;
  const data = new FormData(trial.querySelector("[data-trial-form]"));
  data.set("line", board.lines[lot[2] + moving.lanes].key);
  data.set("starts_at", `${new Date(start).toISOString().slice(0, 19)}Z`);
  if (!keep) data.set("try", "1");
  const address = board.move.replace(board.any, lot[0]);
  try {
    const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    return await answer.json();
  } catch {
    return { refused: board.words.failed };
  }
}

async function attempt() {
  const asked = moving;
  asked.asked += 1;
  const number = asked.asked;
  const keep = trial.querySelector("[data-trial-keep]");
  trial.hidden = false;
  keep.disabled = true;
  say(board.words.wait);
  const answer = await send(false);
  if (moving !== asked || asked.asked !== number) return;
  say(answer.refused || answer.sentence);
  keep.disabled = Boolean(answer.refused);
  if (!answer.refused) show(answer.lots);
  // What is said of the move never covers the lines it is about.
  const covered = frame.getBoundingClientRect().bottom - trial.getBoundingClientRect().top;
  if (covered > 0) scrollBy({ top: covered + EDGE });
}

// Every lot that the move pushes stands where it would stand; where it stood is outlined.
function show(lots) {
  view.preview.clear();
  for (const [key, line, change, start, end, late] of lots) {
    const lane = board.lines.findIndex((one) => one.key === line);
    view.preview.set(key, [lane, ...[change, start, end].map((at) => Math.round((at - board.start) / 60000)), late]);
  }
  redraw(board.lots[moving.place][0]);
}

async function keepIt() {
  trial.querySelector("[data-trial-keep]").disabled = true;
  const answer = await send(true);
  if (answer.refused) return say(answer.refused);
  const address = new URL(answer.next, location.href);
  address.searchParams.set("zoom", view.zoom);
  address.searchParams.set("at", Math.round(frame.scrollLeft / perMinute()));
  return location.assign(address);
}

// ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async function openPanel(element) {
  view.selected = element.dataset.lot;
  for (const other of frame.querySelectorAll(".lot.selected")) other.classList.remove("selected");
  element.classList.add("selected");
  const answer = await fetch(board.panel.replace(board.any, view.selected));
  if (!answer.ok) return location.assign(element.getAttribute("href"));
  panel.innerHTML = await answer.text();
  panel.hidden = false;
  document.querySelector(".bench").classList.add("with-panel");
  return undefined;
}

function look(minute) {
  frame.scrollLeft = Math.max(0, minute * perMinute() - 120);
}

function zoomTo(name) {
  const middle = (frame.scrollLeft + frame.clientWidth / 2) / perMinute();
  if (moving) undo();
  view.zoom = name;
  redraw();
  frame.scrollLeft = middle * perMinute() - frame.clientWidth / 2;
  for (const link of document.querySelectorAll("[data-zoom]")) {
    if (link.dataset.zoom === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const address = new URL(location.href);
  address.searchParams.set("zoom", name);
  history.replaceState(null, "", address);
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────────────
function wireDrag() {
  let from = null;
  frame.addEventListener("pointerdown", (event) => {
    const element = event.target.closest(".lot");
    if (!element || event.button !== 0 || event.pointerType === "touch" || !trial.dataset.allowed) return;
    const place = lotOf(element);
    const so_far = moving && moving.place === place ? [moving.minutes, moving.lanes] : [0, 0];
    from = { place, key: element.dataset.lot, x: event.clientX, y: event.clientY, dragged: false, so_far };
    event.preventDefault();
    element.focus({ preventScroll: true });
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.dragged && Math.hypot(dx, dy) < EDGE) return;
    if (!from.dragged && view.preview.size) {
      view.preview.clear();
      redraw(from.key);
    }
    from.dragged = true;
    begin(from.place);
    const step = stepMinutes(view.zoom);
    shift(from.so_far[0] + Math.round(dx / perMinute() / step) * step, from.so_far[1] + Math.round(dy / LANE));
  });
  addEventListener("pointerup", () => {
    if (!from) return;
    const { dragged, key } = from;
    from = null;
    if (dragged && moving) attempt();
    else openPanel(elementOf(key));
  });
  addEventListener("pointercancel", () => {
    from = null;
  });
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function wireKeys() {
  frame.addEventListener("keydown", (event) => {
    const element = event.target.closest(".lot");
    if (!element) return undefined;
    if (event.key === "Escape") return undo();
    if (event.key === "Enter") {
      event.preventDefault();
      return moving && moving.place === lotOf(element) ? attempt() : openPanel(element);
    }
    const way = WAYS[event.key];
    if (!way) return undefined;
    event.preventDefault();
    return event.shiftKey && trial.dataset.allowed ? nudge(element, way) : neighbour(element, way);
  });
  frame.addEventListener("click", (event) => {
    const element = event.target.closest(".lot");
    if (!element || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (!trial.dataset.allowed || event.detail === 0) openPanel(element);
  });
}

function nudge(element, way) {
  const place = lotOf(element);
  if (moving && moving.place === place && view.preview.size) {
    const so_far = [moving.minutes, moving.lanes];
    view.preview.clear();
    redraw(element.dataset.lot);
    elementOf(element.dataset.lot).classList.add("moving");
    [moving.minutes, moving.lanes] = so_far;
  }
  begin(place);
  shift(moving.minutes + way[0] * stepMinutes(view.zoom), moving.lanes + way[1]);
}

// The lot before or after on its line, or the nearest in time on the line above or below.
function neighbour(element, way) {
  const place = lotOf(element);
  const here = board.lots[place];
  const lane = here[2] + way[1];
  const others = board.lots.filter((lot) => lot[2] === lane && lot !== here);
  const after = others.filter((lot) => !way[0] || (lot[6] - here[6]) * way[0] > 0);
  after.sort((one, other) => Math.abs(one[6] - here[6]) - Math.abs(other[6] - here[6]));
  const next = after.length && elementOf(after[0][0]);
  if (!next) return;
  element.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

function wireTools() {
  for (const link of document.querySelectorAll("[data-zoom]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      zoomTo(link.dataset.zoom);
    });
  }
  for (const button of document.querySelectorAll("[data-look]")) {
    button.addEventListener("click", () => {
      if (button.dataset.look === "now") look(board.now);
      else frame.scrollBy({ left: Number(button.dataset.look) * frame.clientWidth * 0.8 });
    });
  }
  let left = 0;
  addEventListener("beforeprint", () => {
    left = frame.scrollLeft;
    frame.innerHTML = onPaper(board, view, { left, width: frame.clientWidth });
    document.body.classList.add("on-paper");
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("on-paper");
    redraw();
    frame.scrollLeft = left;
  });
}

// Only the fields that the chosen change needs.
function wireWhatIf() {
  for (const form of document.querySelectorAll("[data-what-if]")) {
    const kind = form.querySelector("select[name$='kind']");
    const choose = () => {
      for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind.value);
    };
    kind.addEventListener("change", choose);
    choose();
  }
}

if (board) {
  redraw();
  wireDrag();
  wireKeys();
  wireTools();
  trial.querySelector("[data-trial-undo]").addEventListener("click", undo);
  trial.querySelector("[data-trial-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    keepIt();
  });
  const shown = board.lots.find((lot) => lot[0] === view.selected);
  if (query.get("at")) frame.scrollLeft = Number(query.get("at")) * perMinute();
  else look(shown ? shown[6] : board.now);
  for (const other of document.querySelectorAll("[data-other-board]")) {
    const tried = JSON.parse(document.getElementById(other.dataset.otherBoard).textContent);
    other.innerHTML = draw(tried, { zoom: view.zoom, selected: "", preview: new Map(), still: true });
    other.scrollLeft = Math.max(0, tried.now * perMinute() - 120);
  }
}
wireWhatIf();
