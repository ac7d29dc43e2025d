// Chips while typing. The form names where to ask and where the answer goes:
//   <form id="wish" data-reading-url="…" data-reading-target="reading"> … <textarea name="text">
// The address answers a POST of the form's fields with a piece of HTML: chips, matching pools, how many want the same.
// Without this script the form's own "read" button shows the same on the next page.

const PAUSE_MS = 350;

function wireReading(form) {
  const target = document.getElementById(form.dataset.readingTarget);
  const text = form.elements.namedItem("text");
  if (!target || !text) return;
  let timer = 0;
  let running = null;
  let lastAsked = text.value;

  async function ask() {
    if (text.value === lastAsked) return;
    lastAsked = text.value;
    running?.abort();
    running = new AbortController();
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.readingUrl, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch", "HX-Request": "true" },
        credentials: "same-origin",
        signal: running.signal,
      });
      if (!answer.ok) return;
      const piece = await answer.text();
      if (target.contains(document.activeElement)) return;
      target.innerHTML = piece;
      window.htmx?.process(target);
    } catch (reason) {
      if (reason.name !== "AbortError") lastAsked = "";
    } finally {
      target.removeAttribute("aria-busy");
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  text.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  text.addEventListener("blur", ask);
}

for (const form of document.querySelectorAll("form[data-reading-url]")) wireReading(form);
