"""What the page says while the server cannot be reached, in place of Streamlit's own words for developers."""

from __future__ import annotations

SCRIPT = """\
(function () {
  var banner = null, timer = null, leaving = false;
  function show() {
    banner = document.createElement("div");
    banner.id = "hub-lost";
    banner.setAttribute("role", "alert");
    banner.setAttribute("style", "position:fixed;top:0;left:0;right:0;z-index:2000000;padding:.8rem 1.2rem;" +
      "background:#fdf0d5;color:#5c3900;border-bottom:1px solid #e3c88a;text-align:center;" +
      "font:1rem 'Source Sans','Source Sans 3',sans-serif");
    banner.textContent = "iHUB cannot be reached. It tries again by itself, and this page continues then. " +
      "If this lasts longer than a minute, check your internet connection, and then tell enableHR Support.";
    document.body.appendChild(banner);
  }
  function lost() {
    if (!timer && !leaving) { timer = window.setTimeout(show, 2000); }
  }
  function back() {
    window.clearTimeout(timer);
    timer = null;
    if (banner) { banner.remove(); banner = null; }
  }
  window.addEventListener("pagehide", function () { leaving = true; });
  var Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(address, protocols) {
      super(address, protocols);
      this.addEventListener("open", back);
      this.addEventListener("close", lost);
    }
  };
  function dismiss() {
    document.querySelectorAll('[role="dialog"]').forEach(function (dialog) {
      var close = dialog.querySelector('button[aria-label="Close"]');
      if (close && /^Connection error/.test(dialog.textContent.trim())) {
        dialog.style.visibility = "hidden";
        close.click();
      }
    });
  }
  window.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(dismiss).observe(document.body, {childList: true, subtree: true});
  });
})();
"""
