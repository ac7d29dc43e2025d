// Chips while typing, and chips changed in place. The form names where to ask and where the answer goes:
//   <form id="wish" data-reading-url="…" data-reading-target="reading"> … <textarea name="text">
// The address answers a POST of the form's fields with a piece of HTML: chips, matching pools, how many want the same.
// Without this script the form's own "read" button and the chips' buttons show the same on the next page.
//
// Only the newest question counts: whatever was asked before is aborted, and an answer that comes while somebody is in
// the chips waits until they leave, so that nothing is pulled away under a finger. A pressed chip comes before typing.

const PAUSE_MS = 350;
// Fields of the form that say the same as a chip; a changed chip is laid into them, as the server does.
const FIELD_OF = { category: "category", quantity: "quantity", ceiling_minor: "ceiling", needed_by: "needed_by", region: "region" };

function wireReading(form) {
  const target = document.getElementById(form.dataset.readingTarget);
  const text = form.elements.namedItem("text");
  if (!target || !text) return;
  let timer = 0;
  let running = null;
  let pressing = false;
  let pointerDown = false;
  let waiting = null;
  let lastAsked = text.value;

  // The newest piece; null when it was overtaken or could not be had.
  async function fetchPiece(body) {
    running?.abort();
    const own = new AbortController();
    running = own;
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.readingUrl, {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch", "HX-Request": "true" },
        credentials: "same-origin",
        signal: own.signal,
      });
      const piece = answer.ok ? await answer.text() : null;
      return running === own ? piece : null;
    } catch {
      return null;
    } finally {
      if (running === own) {
        running = null;
        target.removeAttribute("aria-busy");
      }
    }
  }

  function show(piece) {
    waiting = null;
    target.innerHTML = piece;
    window.htmx?.process(target);
  }

  function showWaiting() {
    if (waiting !== null && !pointerDown && !pressing && !target.contains(document.activeElement)) show(waiting);
  }

  async function ask() {
    clearTimeout(timer);
    if (pressing || text.value === lastAsked) return;
    const asked = text.value;
    lastAsked = asked;
    waiting = null;
    const piece = await fetchPiece(new FormData(form));
    if (piece === null) {
      if (!running && !pressing && lastAsked === asked) lastAsked = null;
      return;
    }
    waiting = piece;
    showWaiting();
  }

  function layIntoFields(key, value) {
    const field = form.elements.namedItem(FIELD_OF[key] ?? "");
    if (field?.value) field.value = value;
    const wanted = form.elements.namedItem(`want.${key}`);
    if (wanted) wanted.value = "";
  }

  async function press(button) {
    const key = button.value;
    const body = new FormData(form);
    body.append(button.name, key);
    pressing = true;
    waiting = null;
    lastAsked = text.value;
    const piece = await fetchPiece(body);
    pressing = false;
    if (piece === null) {
      button.dataset.plain = "yes";
      form.requestSubmit(button);
      return;
    }
    layIntoFields(key, button.name === "chip_change" ? body.get(`chip.${key}`) : "");
    show(piece);
    const chip = target.querySelector(`[data-chip="${CSS.escape(key)}"] > summary`);
    (chip ?? target.querySelector(".chip > summary"))?.focus();
    ask();
  }

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  text.addEventListener("input", askSoon);
  text.addEventListener("compositionend", askSoon);
  text.addEventListener("blur", ask);
  target.addEventListener("pointerdown", () => {
    pointerDown = true;
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, () => {
      pointerDown = false;
      setTimeout(showWaiting);
    });
  }
  target.addEventListener("focusout", () => setTimeout(showWaiting));
  target.addEventListener("keydown", (event) => {
    // Enter in a chip's field presses that chip's button, not the first one of the form.
    const button = event.key === "Enter" && event.target.matches("input") && event.target.closest(".chip-sheet")?.querySelector("[name=chip_change]");
    if (!button) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    const isChip = button?.name === "chip_change" || button?.name === "chip_remove";
    // Beside the terms of a pre-order everything is shown anew, since they follow from the chips.
    if (!isChip || button.dataset.plain || form.querySelector("button[value=confirm]")) return;
    event.preventDefault();
    press(button);
  });
}

for (const form of document.querySelectorAll("form[data-reading-url]")) wireReading(form);
