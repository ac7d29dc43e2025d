// The plan on paper: the stretch of time that is on the screen, in parts beneath each other that a portrait page has room
// for, with the lines' names inside them, and beneath each part every lot that stands in it.

import { draw, formats, tidy, ZOOMS } from "./drawing.js";

const PAPER = 680;

// Of a board that is not on the screen, as on a phone, two parts from now on are printed.
export function onPaper(board, view, screen) {
  const perMinute = ZOOMS[view.zoom].pixels / 1440;
  const left = screen.width ? screen.left : Math.max(0, board.now * perMinute);
  const whole = Math.min(screen.width || 2 * PAPER, Math.round(board.minutes * perMinute) - left);
  const count = Math.max(1, Math.ceil(whole / PAPER));
  const width = Math.ceil(whole / count);
  const listed = new Set();
  return Array.from({ length: count }, (_part, number) => {
    const part = { left: left + number * width, width };
    const [first, last] = [part.left / perMinute, (part.left + width) / perMinute];
    const lots = board.lots.filter((lot) => lot[5] < last && lot[7] > first && !listed.has(lot));
    for (const lot of lots) listed.add(lot);
    return draw(board, view, part) + table(board, lots, [first, last]);
  }).join("");
}

function table(board, lots, [first, last]) {
  const { day, moment } = formats(board);
  const made = document.getElementById("paper-lots").content.firstElementChild.cloneNode(true);
  made.querySelector("caption").textContent = `${day(Math.max(0, first))} – ${day(Math.min(last, board.minutes))}`;
  const onTime = made.dataset.onTime;
  const ordered = [...lots].sort((one, other) => one[2] - other[2] || one[6] - other[6]);
  made.querySelector("tbody").innerHTML = ordered.map((lot) => row(board, lot, moment, onTime)).join("");
  return made.outerHTML;
}

function row(board, lot, moment, onTime) {
  const [, name, lane, family, units, , start, end, late, , trial, due, why] = lot;
  const said = late ? `${late}. ${board.reasons[why] || ""}` : onTime;
  const kind = board.families[family];
  const cells = [
    board.lines[lane].name,
    `${kind.letter} ${kind.name}`,
    units.toLocaleString("en"),
    moment(start),
    moment(end),
    moment(due),
    said,
  ];
  const beside = ["", board.words.trial, board.words.waits][trial];
  const head = `<th scope="row">${tidy(name)}${beside ? `<span class="sub">${tidy(beside)}</span>` : ""}</th>`;
  return `<tr>${head}${cells.map((cell) => `<td>${tidy(cell)}</td>`).join("")}</tr>`;
}
