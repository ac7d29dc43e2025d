// What every page gains where scripts run. Without them each of these still works as a plain form, link or field.

function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function wireTheme() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const theme = currentTheme() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    });
  }
}

function wireCopy() {
  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = box.querySelector("[data-copy-button]");
    const source = box.querySelector("[data-copy-from]");
    if (!button || !source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.value);
      box.querySelector("[data-copy-label]").textContent = button.dataset.copied;
      box.querySelector("[data-copy-said]").textContent = button.dataset.copied;
    });
  }
}

// An amount looks as the server wrote it: the sample shows the sign before the figures and how many places follow.
function writeAmount(minor, sample, sampleMinor) {
  const sign = sample.replace(/[\d.,\u2212]+$/, "");
  const shown = Number(sample.slice(sign.length).replaceAll(",", ""));
  const perMajor = shown > 0 ? 10 ** Math.round(Math.log10(sampleMinor / shown)) : 100;
  const places = minor % perMajor === 0 ? 0 : Math.round(Math.log10(perMajor));
  return sign + (minor / perMajor).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
}

export function wireTotals(root) {
  for (const amount of root.querySelectorAll("[data-total-of]")) {
    const field = document.getElementById(amount.dataset.totalOf);
    if (!field || amount.dataset.wired) continue;
    amount.dataset.wired = "yes";
    const unit = Number(amount.dataset.unitMinor);
    const fixed = Number(amount.dataset.fixedMinor);
    const quantityAtFirst = Number(field.value) || 1;
    const sampleMinor = unit * quantityAtFirst + fixed;
    field.addEventListener("input", () => {
      const quantity = Number(field.value);
      if (!Number.isSafeInteger(quantity) || quantity < 1 || !Number.isSafeInteger(unit * quantity + fixed)) return;
      amount.textContent = writeAmount(unit * quantity + fixed, amount.dataset.sample, sampleMinor);
    });
  }
}

function wireMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open], details.chip[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open], details.chip[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

function printOpen() {
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("main details:not([open]):not(.chip)")) {
      details.open = true;
      opened.push(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of opened.splice(0)) details.open = false;
  });
}

function wirePrint() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

wireTheme();
wireCopy();
wireTotals(document);
wireMenus();
printOpen();
wirePrint();
document.body.addEventListener("htmx:afterSwap", (event) => wireTotals(event.target));
document.getElementById("error-summary")?.focus();
