"""What Streamlit's menu and buttons lack: the way back from details, and the focus after a page is drawn again.

The entry of the menu that one is in does nothing in Streamlit when its page shows the details of something: the script
opens the page without them. A link to a page would load the whole document again: the script has Streamlit go there as
it does for *Back*, and shows the list that the link has filtered.

A menu that a button opens has no name: the script gives it the button's.

What is replaced while the page is drawn again, such as a button that a press sent twice must not press twice, loses the
focus: the script gives it to the new one. Somebody who opens a question by the keyboard is taken to it.
"""

from __future__ import annotations

SCRIPT = """\
(function () {
  function isPlain(event) {
    return !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  }
  function openInside(event, address) {
    event.preventDefault();
    event.stopPropagation();
    window.history.pushState({}, "", address);
    window.dispatchEvent(new PopStateEvent("popstate", {state: {}}));
    var main = document.querySelector('[data-testid="stMain"]');
    var list = new URL(window.location.href).searchParams.has("show") && document.getElementById("employees");
    if (list) { list.scrollIntoView(); } else if (main) { main.scrollTo(0, 0); }
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('[data-testid="stSidebarNav"] a');
    if (!link || !isPlain(event)) { return; }
    var to = new URL(link.href), here = new URL(window.location.href), account = here.searchParams.get("account");
    here.searchParams.delete("account");
    if (to.pathname !== here.pathname || !here.search) { return; }
    openInside(event, to.pathname + (account ? "?account=" + encodeURIComponent(account) : ""));
  }, true);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('[data-testid="stHtml"] a[href^="/"]');
    if (!link || link.target === "_blank" || !isPlain(event)) { return; }
    var to = new URL(link.href), here = new URL(window.location.href);
    if (to.origin !== here.origin || to.hash || /\\/(auth|oauth|export)\\//.test(to.pathname)) { return; }
    if (to.searchParams.get("account") !== here.searchParams.get("account")) { return; }
    openInside(event, to.pathname + to.search);
  }, true);
  var kept = null;
  function keyOf(box) {
    var found = /(?:^|\\s)st-key-(\\S+)/.exec(box.className);
    return found && found[1].replace(/-after-\\d+$/, "");
  }
  function labelOf(control) { return control.getAttribute("aria-label") || control.innerText || ""; }
  document.addEventListener("focusin", function (event) {
    var box = event.target.closest && event.target.closest('[class*="st-key-"]');
    kept = box && {key: keyOf(box), label: labelOf(event.target), element: event.target};
  });
  function restore() {
    if (!kept || kept.element.isConnected || document.activeElement !== document.body) { return; }
    var key = kept.key, asked = key.replace(/^(cancel|confirm)-/, "ask-");
    document.querySelectorAll('[class*="st-key-' + key + '"], .st-key-' + asked).forEach(function (box) {
      if (keyOf(box) !== key && keyOf(box) !== asked) { return; }
      var controls = Array.from(box.querySelectorAll("button, input, textarea, summary, a"));
      var isOne = box.matches('[data-testid="stElementContainer"]');  // a help text makes two buttons of one
      var same = isOne ? controls : controls.filter(function (each) { return labelOf(each) === kept.label; });
      if (!isOne && same.length > 1) { return; }
      same.some(function (control) {
        control.focus({preventScroll: true});
        return document.activeElement === control;
      });
    });
  }
  var opened = null;
  document.addEventListener("click", function (event) {
    var box = event.target.closest && event.target.closest('[class*="st-key-ask-"]');
    opened = box && event.detail === 0 ? keyOf(box).replace(/^ask-/, "st-key-question-") : null;
  }, true);
  function showQuestion() {
    var question = opened && document.getElementsByClassName(opened)[0];
    if (!question) { return; }
    opened = kept = null;
    question.tabIndex = -1;
    question.focus();
  }
  function nameMenus() {
    document.querySelectorAll('[role="dialog"]:not([aria-label]):not([aria-labelledby])').forEach(function (menu) {
      var button = menu.id && document.querySelector('[aria-controls="' + CSS.escape(menu.id) + '"]');
      button = button || document.querySelector('button[aria-expanded="true"]');
      if (button) { menu.setAttribute("aria-label", (button.innerText || button.ariaLabel || "Menu").trim()); }
    });
  }
  window.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(function () { showQuestion(); restore(); nameMenus(); })
      .observe(document.body, {childList: true, subtree: true});
  });
})();
"""
