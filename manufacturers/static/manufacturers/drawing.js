// The drawing of the plan board: plain text of an SVG from figures; nothing here touches the page.
// A lot is [key, name, lane, family, units, changeover, start, end, late, fixed, trial, due, why]; times are minutes since
// board.start; trial is 1 for a trial batch, 2 for what waits for one; why names its reason in board.reasons.

export const HEAD = 48;
export const LANE = 60;
const BOX = 36;
const ABOVE = (LANE - BOX) / 2;
const TIDY = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const ZOOMS = {
  hours: { pixels: 576, step: 30 },
  days: { pixels: 96, step: 120 },
  weeks: { pixels: 24, step: 480 },
  months: { pixels: 8, step: 1440 },
};

export const stepMinutes = (zoom) => ZOOMS[zoom].step;

export const tidy = (text) => String(text).replace(/[&<>"]/g, (letter) => TIDY[letter]);
// About how many pixels words take at 13 px; a Chinese character takes two letters' room.
const wide = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 13 : 7.6), 0);

export function formats(board) {
  const language = board.language === "en" ? "en-GB" : board.language;
  const made = (parts) => {
    const format = new Intl.DateTimeFormat(language, { timeZone: board.zone, ...parts });
    return (minute) => format.format(board.start + minute * 60000);
  };
  const day = { weekday: "short", day: "numeric", month: "short" };
  return {
    day: made(day),
    week: made({ day: "numeric", month: "short" }),
    month: made({ month: "short", year: "numeric" }),
    dayOfMonth: made({ day: "numeric" }),
    moment: made({ ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  };
}

export function draw(board, view, part) {
  const scale = ZOOMS[view.zoom].pixels / 1440;
  const x = (minute) => Math.round(minute * scale);
  const width = x(board.minutes);
  const height = HEAD + LANE * board.lines.length;
  const say = formats(board);
  const box = part
    ? `viewBox="${part.left} 0 ${part.width} ${height}" width="100%"`
    : `width="${width}" height="${height}"`;
  return [
    `<svg ${box} role="group" aria-label="${tidy(board.words.board)}" data-board>`,
    ...board.lines.map((line, lane) => lane_of(line, lane, board, x, width)),
    `<rect class="head" x="0" y="0" width="${width}" height="${HEAD}"/>`,
    ...ticks(board, view.zoom, say, x, height),
    now(board, x, width, height),
    ...ghosts(board, view, x),
    ...board.lots.map((lot, place) => lot_of(lot, place, board, view, say, x)),
    ...(part ? names(board, part) : []),
    "</svg>",
  ].join("");
}

function lane_of(line, lane, board, x, width) {
  const y = HEAD + lane * LANE;
  let at = 0;
  let drawn = `<rect class="lane${lane % 2 ? " odd" : ""}" x="0" y="${y}" width="${width}" height="${LANE}"/>`;
  for (const [opens, closes] of [...line.open, [board.minutes, board.minutes]]) {
    if (x(opens) - x(at) >= 2) {
      drawn += `<rect class="closed" x="${x(at)}" y="${y}" width="${x(opens) - x(at)}" height="${LANE}"/>`;
    }
    at = Math.max(at, closes);
  }
  return drawn;
}

// The board begins on a Monday, so that every seventh midnight is one.
function ticks(board, zoom, say, x, height) {
  const found = [];
  const tick = (minute, label, strong) => {
    const at = x(minute);
    found.push(`<line class="tick${strong ? " strong" : ""}" x1="${at}" x2="${at}" y1="${strong ? 12 : 24}" y2="${height}"/>`);
    if (label) found.push(`<text class="tick-label" x="${at + 6}" y="36">${tidy(label)}</text>`);
  };
  board.days.forEach((minute, number) => {
    const monday = number % 7 === 0;
    if (zoom === "hours") {
      tick(minute, say.day(minute), true);
      for (let hour = 3; hour < 24; hour += 3) tick(minute + hour * 60, `${String(hour).padStart(2, "0")}:00`, false);
    } else if (zoom === "days") {
      tick(minute, say.day(minute), monday);
    } else if (monday) {
      const first = number === 0 || parseInt(say.dayOfMonth(minute), 10) <= 7;
      tick(minute, zoom === "weeks" ? say.week(minute) : first ? say.month(minute) : "", first);
    }
  });
  return found;
}

function now(board, x, width, height) {
  const at = x(board.now);
  if (at < 0 || at > width) return "";
  const line = `<line class="now-line" x1="${at}" x2="${at}" y1="10" y2="${height}"/>`;
  return `${line}<text class="tick-label" x="${at + 4}" y="18">${tidy(board.words.now)}</text>`;
}

function ghosts(board, view, x) {
  return board.lots
    .filter((lot) => view.preview.has(lot[0]))
    .map((lot) => {
      const y = HEAD + lot[2] * LANE + ABOVE;
      return `<rect class="ghost" x="${x(lot[6])}" y="${y}" width="${Math.max(4, x(lot[7]) - x(lot[6]))}" height="${BOX}" rx="3"/>`;
    });
}

function lot_of(lot, place, board, view, say, x) {
  const [key, name, , family, units, , , , , fixed, trial] = lot;
  const there = view.preview.get(key);
  const [lane, change, start, end, late] = there || [lot[2], lot[5], lot[6], lot[7], lot[8]];
  const left = x(start);
  const width = Math.max(4, x(end) - left);
  const y = HEAD + lane * LANE + ABOVE;
  const kind = board.families[family];
  const words = fitting(kind.letter, name, units, width - 16);
  const state = `${view.selected === key ? " selected" : ""}${there ? " tried" : ""}`;
  const open = view.still
    ? `<g class="lot${state}" role="img" aria-label="${tidy(sentence(lot, board, say, [lane, start, end, late]))}">`
    : `<a class="lot${state}" href="?lot=${key}#lot" data-lot="${key}" tabindex="${place ? -1 : 0}" aria-label="${tidy(sentence(lot, board, say, [lane, start, end, late]))}">`;
  return [
    open,
    x(change) < left ? `<rect class="change" x="${x(change)}" y="${y + 12}" width="${left - x(change)}" height="12"/>` : "",
    `<rect class="lot-box${fixed ? " frozen" : ""}${trial === 2 ? " waits" : ""}" x="${left}" y="${y}" width="${width}" height="${BOX}" rx="3" fill="url(#fam-${kind.colour})"/>`,
    words ? plate("lot", words, left + 4, y + 8, 20) : "",
    trial === 1 ? `<path class="trial-mark" d="M${left + 16} ${y - 7}l6 6-6 6-6-6z"/>` : "",
    fixed ? `<path class="pin" d="M${left + 2} ${y - 2}h8v8l-4 4-4-4z"/>` : "",
    lateness(late, left, y, width),
    view.still ? "</g>" : "</a>",
  ].join("");
}

function plate(kind, words, x, y, height) {
  const room = Math.round(wide(words)) + 10;
  const text = `<text class="${kind}-text" x="${x + 5}" y="${y + height - 5}">${tidy(words)}</text>`;
  return `<rect class="${kind}-plate" x="${x}" y="${y}" width="${room}" height="${height}" rx="2"/>${text}`;
}

// Late lots say so in words where there is room, else with a mark; never by colour alone.
function lateness(late, left, y, width) {
  if (!late) return "";
  if (width >= 18 + wide(late)) return plate("late", late, left + 4, y + 26, 16);
  return `<path class="late-mark" d="M${left + width - 4} ${y - 6}l7 12h-14z"/>`;
}

// As much of a lot's words as its box has room for; its family's letter comes first.
function fitting(letter, name, units, room) {
  const count = units.toLocaleString("en");
  const tries = [`${letter} · ${name} · ${count}`, `${letter} · ${name}`, `${letter} · ${count}`, letter];
  return tries.find((words) => wide(words) <= room) || "";
}

function sentence(lot, board, say, [lane, start, end, late]) {
  const values = {
    lot: lot[1],
    units: lot[4].toLocaleString("en"),
    family: board.families[lot[3]].name,
    line: board.lines[lane].name,
    start: say.moment(start),
    end: say.moment(end),
  };
  const said = board.words.lot.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const trial = ["", board.words.trial, board.words.waits][lot[10]];
  return [said, late, trial, lot[9] ? board.words.fixed : ""].filter(Boolean).join(", ");
}

function names(board, part) {
  return board.lines.map((line, lane) => plate("lot", line.name, part.left + 4, HEAD + lane * LANE + 2, 20));
}
