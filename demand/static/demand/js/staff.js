// Gives the theme's frame the names and keys that a screen reader and a keyboard need.
"use strict";

(() => {
  const words = document.currentScript.dataset;

  const asButton = (node, pressed, label) => {
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "0");
    if (label) node.setAttribute("aria-label", label);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pressed.click();
    });
  };

  const landmarks = () => {
    document.getElementById("main")?.setAttribute("role", "main");
    for (const nav of document.querySelectorAll("nav:not([aria-label])")) {
      nav.setAttribute("aria-label", nav.id.startsWith("nav-sidebar") ? words.menu : words.parts);
    }
    for (const box of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", words.menu);
    }
  };

  const toggles = () => {
    for (const node of document.querySelectorAll("span[x-on\\:click*=sidebar]")) asButton(node, node, words.fold);
    for (const heading of document.querySelectorAll("h2[x-on\\:click]")) {
      const inside = document.createElement("span");
      inside.className = "flex grow items-center";
      inside.append(...heading.childNodes);
      heading.append(inside);
      asButton(inside, heading, "");
    }
  };

  // The name of a drawing is no word to read aloud, and no name of what it stands in.
  const drawings = () => {
    for (const node of document.querySelectorAll(".material-symbols-outlined:not([role=button])")) {
      node.setAttribute("aria-hidden", "true");
      const around = node.closest("a, button");
      if (!around || around.title || around.hasAttribute("aria-label")) continue;
      if (around.textContent.trim() !== node.textContent.trim()) continue;
      if (around.id === "searchbar-submit") around.setAttribute("aria-label", words.find);
      else if (around.matches("a[href$='/admin/']")) around.setAttribute("aria-label", words.home);
      else node.removeAttribute("aria-hidden");
    }
  };

  const pickers = () => {
    for (const node of document.querySelectorAll(".select2-selection[aria-labelledby]")) {
      const select = node.closest(".select2-container")?.previousElementSibling;
      const label = select?.getAttribute("aria-label") || select?.labels?.[0]?.textContent.trim();
      if (!label) continue;
      node.setAttribute("aria-label", label);
      node.removeAttribute("aria-labelledby");
      node.querySelector(".select2-selection__rendered")?.setAttribute("aria-label", label);
    }
  };

  window.addEventListener("load", () => {
    landmarks();
    toggles();
    drawings();
    pickers();
    new MutationObserver(pickers).observe(document.body, { childList: true, subtree: true });
  });
})();
