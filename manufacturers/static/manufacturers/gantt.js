// The plan board: open a lot's panel beside the board, drag a lot or move it with Shift and the arrow keys, see what it
// costs, keep it or undo. Without scripts the same is done by links and the form in the panel.

const HEAD = 48;
const LANE = 60;
const EDGE = 8;

const board = document.querySelector("[data-board]");
const panel = document.getElementById("lot-panel");
const trial = document.getElementById("trial");
let moving = null;

function lanes() {
  return [...board.querySelectorAll(".lane")];
}

function laneOf(lot) {
  const y = Number(lot.querySelector(".lot-box").getAttribute("y"));
  return Math.floor((y - HEAD) / LANE);
}

// A lot on its way: how far it was taken, in steps of time and in lanes.
function begin(lot) {
  if (moving && moving.lot !== lot) undo();
  if (moving) return moving;
  const box = lot.querySelector(".lot-box");
  const ghost = box.cloneNode();
  ghost.setAttribute("class", "ghost");
  ghost.removeAttribute("fill");
  lot.before(ghost);
  board.append(lot);
  lot.classList.add("moving");
  moving = { lot, ghost, next: ghost, lane: laneOf(lot), steps: 0, lanes: 0 };
  return moving;
}

function stepPixels() {
  return (Number(board.dataset.step) / 1440) * Number(board.dataset.pixelsADay);
}

function place() {
  const x = Math.round(moving.steps * stepPixels());
  moving.lot.setAttribute("transform", `translate(${x} ${moving.lanes * LANE})`);
}

function undo() {
  if (!moving) return;
  moving.lot.removeAttribute("transform");
  moving.lot.classList.remove("moving");
  moving.ghost.before(moving.lot);
  moving.ghost.remove();
  moving = null;
  trial.hidden = true;
}

function target() {
  const start = new Date(new Date(moving.lot.dataset.start).getTime() + moving.steps * Number(board.dataset.step) * 60000);
  const lane = lanes()[moving.lane + moving.lanes];
  return { line: lane.dataset.line, starts_at: start.toISOString().slice(0, 19) + "Z", name: lane.dataset.name };
}

async function send(keep) {
  const form = trial.querySelector("[data-trial-form]");
  const wanted = target();
  const data = new FormData(form);
  data.set("line", wanted.line);
  data.set("starts_at", wanted.starts_at);
  if (!keep) data.set("try", "1");
  const answer = await fetch(moving.lot.dataset.move, { method: "POST", body: data, headers: { Accept: "application/json" } });
  return answer.json();
}

async function attempt() {
  const asked = moving;
  trial.hidden = false;
  const says = document.getElementById("trial-says");
  const keep = trial.querySelector("[data-trial-keep]");
  keep.disabled = true;
  says.textContent = "…";
  const answer = await send(false);
  if (moving !== asked) return;
  says.textContent = answer.refused || answer.sentence;
  keep.disabled = Boolean(answer.refused);
  trial.scrollIntoView({ block: "nearest" });
}

async function keepIt() {
  const answer = await send(true);
  if (answer.refused) {
    document.getElementById("trial-says").textContent = answer.refused;
    return;
  }
  const address = new URL(answer.next, location.href);
  for (const name of ["zoom", "from"]) {
    const value = new URL(location.href).searchParams.get(name);
    if (value) address.searchParams.set(name, value);
  }
  location.assign(address);
}

async function openPanel(lot) {
  for (const other of board.querySelectorAll(".lot.selected")) other.classList.remove("selected");
  lot.classList.add("selected");
  const answer = await fetch(lot.dataset.panel);
  if (!answer.ok) return location.assign(lot.getAttribute("href"));
  panel.innerHTML = await answer.text();
  panel.hidden = false;
  document.querySelector(".bench").classList.add("with-panel");
  panel.setAttribute("tabindex", "-1");
  return undefined;
}

function wireDrag() {
  let from = null;
  board.addEventListener("pointerdown", (event) => {
    const lot = event.target.closest(".lot");
    if (!lot || event.button !== 0 || event.pointerType === "touch" || !trial.dataset.allowed) return;
    const already = moving && moving.lot === lot ? { steps: moving.steps, lanes: moving.lanes } : { steps: 0, lanes: 0 };
    from = { lot, x: event.clientX, y: event.clientY, dragged: false, ...already };
    event.preventDefault();
    lot.focus();
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const dx = event.clientX - from.x;
    const dy = event.clientY - from.y;
    if (!from.dragged && Math.hypot(dx, dy) < EDGE) return;
    from.dragged = true;
    begin(from.lot);
    moving.steps = from.steps + Math.round(dx / stepPixels());
    const wanted = from.lanes + Math.round(dy / LANE);
    moving.lanes = Math.max(-moving.lane, Math.min(lanes().length - 1 - moving.lane, wanted));
    place();
  });
  addEventListener("pointerup", () => {
    if (!from) return;
    const dragged = from.dragged;
    const lot = from.lot;
    from = null;
    if (dragged && moving) attempt();
    else openPanel(lot);
  });
}

function wireKeys() {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  board.addEventListener("keydown", (event) => {
    const lot = event.target.closest(".lot");
    if (!lot) return;
    if (event.key === "Escape") return undo();
    if (event.key === "Enter") {
      event.preventDefault();
      return moving && moving.lot === lot ? attempt() : openPanel(lot);
    }
    const way = ways[event.key];
    if (!way || !event.shiftKey || !trial.dataset.allowed) return undefined;
    event.preventDefault();
    begin(lot);
    moving.steps += way[0];
    moving.lanes = Math.max(-moving.lane, Math.min(lanes().length - 1 - moving.lane, moving.lanes + way[1]));
    place();
    lot.focus();
    return undefined;
  });
  board.addEventListener("click", (event) => {
    const lot = event.target.closest(".lot");
    if (!lot || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (!trial.dataset.allowed) openPanel(lot);
  });
}

// Only the fields that the chosen change needs.
function wireWhatIf() {
  for (const form of document.querySelectorAll("[data-what-if]")) {
    const kind = form.querySelector("select[name$='kind']");
    const show = () => {
      for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind.value);
    };
    kind.addEventListener("change", show);
    show();
  }
}

if (board && trial) {
  wireDrag();
  wireKeys();
  trial.querySelector("[data-trial-undo]").addEventListener("click", undo);
  trial.querySelector("[data-trial-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    keepIt();
  });
  // The board opens where now is.
  const line = board.querySelector(".now-line");
  if (line) board.parentElement.scrollLeft = Math.max(0, Number(line.getAttribute("x1")) - 120);
}
wireWhatIf();
