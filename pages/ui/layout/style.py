"""CSS that Streamlit's theme does not cover."""

from __future__ import annotations

from functools import cache

import streamlit as st

from pages.ui.layout import colours
from pages.ui.layout.tables import Html

CSS = """
.hub-scroll {overflow-x: auto}
.hub-table {width: 100%; border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums}
.hub-table th {text-align: left; font-weight: 600; color: var(--hub-head);
  border-bottom: 2px solid var(--hub-line);
  padding: .45rem .65rem; vertical-align: bottom}
.hub-table td {border-bottom: 1px solid var(--hub-soft-line); padding: .5rem .65rem; vertical-align: top}
.hub-table tbody tr:hover {background: var(--hub-hover)}
.hub-table .hub-number {text-align: right}
.hub-dense {font-size: .8125rem} .hub-dense th, .hub-dense td {padding: .45rem .35rem}
.hub-table .hub-wide {min-width: 16rem} .hub-table .hub-badge {white-space: normal}
.hub-line {white-space: nowrap}
.hub-table a {font-weight: 600}
.hub-help {display: inline-block; vertical-align: top}
.hub-help summary, .hub-tile summary {list-style: none} .hub-help summary::-webkit-details-marker {display: none}
.hub-help summary, .hub-tile span::after {display: inline-block; width: 1rem; height: 1rem; line-height: 1rem;
  border-radius: 50%; background: var(--hub-help-back);
  color: var(--hub-head); font-size: .7rem; text-align: center; cursor: pointer; font-weight: 600}
.hub-help[open] > div {max-width: 14rem; min-width: 9rem; font-size: .8rem; font-weight: 400; text-align: left}
.hub-legend dl {margin: .3rem 0 !important} .hub-legend dl > div {padding: .2rem 0 !important}
.hub-legend dt, .hub-legend dd {display: inline; font-size: .875rem; margin: 0 .4rem 0 0 !important}
.hub-phone, .st-key-phone-integration {display: none}
.hub-badge {display: inline-block; white-space: nowrap;
  border-radius: .4rem; padding: .08rem .5rem; font-size: .8rem; font-weight: 600}
.hub-green {background: var(--hub-green-back); color: var(--hub-green-ink)}
.hub-red {background: var(--hub-red-back); color: var(--hub-red-ink)}
.hub-amber {background: var(--hub-amber-back); color: var(--hub-amber-ink)}
.hub-blue {background: var(--hub-blue-back); color: var(--hub-blue-ink)}
.hub-grey {background: var(--hub-grey-back); color: var(--hub-grey-ink)}
.hub-quiet {color: var(--hub-quiet-ink); font-size: .875rem} .hub-problem {color: var(--hub-red-ink)}
.hub-name {font-size: 1.1rem; font-weight: 600} .hub-arrow {text-align: center; font-size: 1.6rem;
  color: var(--hub-quiet-ink)}
.hub-facts {display: flex; flex-wrap: wrap; gap: .3rem 2.2rem; margin: .2rem 0 !important;
  padding: 0 !important}
.hub-facts div, .hub-facts dt, .hub-facts dd {margin: 0 !important; padding: 0 !important}
.hub-facts dt {color: var(--hub-quiet-ink); font-size: .8rem; font-weight: 400} .hub-facts dd {font-weight: 500}
.hub-tiles {display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .8rem}
.hub-tile {border: 1px solid var(--hub-line); border-radius: .5rem; padding: .6rem}
.hub-tile summary {cursor: pointer} .hub-tile {position: relative}
.hub-tile span {padding-right: .9rem} .hub-tile span::after {content: "?"; position: absolute; top: .4rem; right: .4rem}
.hub-tile > div {font-size: .8rem}
.hub-tile span {display: block; color: var(--hub-quiet-ink); font-size: .8rem} .hub-tile b {font-size: 1.6rem;
  font-weight: 600}
[data-testid="stHtml"] a {color: var(--hub-link); text-decoration: underline; text-decoration-thickness: 1px;
  text-underline-offset: .18em}
[data-testid="stHtml"] a:hover {text-decoration-thickness: 2px}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {color: var(--hub-quiet-ink) !important;
  opacity: 1 !important}
button[kind="primary"], button[kind="primaryFormSubmit"] {color: var(--hub-on-accent)}
.stFormSubmitButton button {background: var(--hub-accent); border-color: var(--hub-accent);
  color: var(--hub-on-accent)}
.stFormSubmitButton button:hover {background: var(--hub-accent-strong); border-color: var(--hub-accent-strong);
  color: var(--hub-on-accent)}
[data-testid="stSidebar"] .stFormSubmitButton button {background: var(--hub-surface);
  border-color: var(--hub-border); color: var(--hub-ink)}
[data-testid="stSidebar"] .stFormSubmitButton button:hover {border-color: var(--hub-accent);
  color: var(--hub-accent)}
.hub-button {display: inline-block; border: 1px solid var(--hub-border); border-radius: .5rem;
  padding: .36rem .8rem;
  background: var(--hub-surface); color: var(--hub-ink) !important; text-decoration: none !important; font-size: .95rem}
.hub-button:hover {border-color: var(--hub-accent); color: var(--hub-accent) !important}
.hub-end {display: block; text-align: right}
.hub-button.hub-primary {background: var(--hub-accent); border-color: var(--hub-accent);
  color: var(--hub-on-accent) !important}
.hub-button.hub-primary:hover {background: var(--hub-accent-strong)}
.st-key-confirm-delete button[kind="primary"] {background: #9c2218; border-color: #9c2218; color: #fff}
.st-key-confirm-delete button[kind="primary"]:hover {background: #7d1b13; border-color: #7d1b13; color: #fff}
[class*="st-key-card-"]:has(.hub-chosen) {outline: 2px solid var(--hub-accent); border-color: var(--hub-accent)}
.hub-chosen {color: var(--hub-accent); font-weight: 600}
[class*="st-key-enter-"] button[kind="tertiary"] {color: var(--hub-link); min-height: 0; padding: 0}
.hub-mark {display: inline-block; width: 2.1rem; height: 2.1rem; line-height: 2.1rem; border-radius: .5rem;
  text-align: center; color: #fff; font-weight: 700; margin-right: .55rem; font-size: .95rem}
.hub-field {display: grid; grid-template-columns: 3fr 1.3fr 1fr 2.6fr; gap: .2rem 1rem; font-size: .875rem;
  width: 100%}
.hub-field:not(.hub-field-short) {grid-template-columns: 190px 3fr 1.3fr 1fr 2.6fr}
[class*="st-key-mapping-field-"] {flex-wrap: nowrap}
[class*="st-key-mapping-field-"] [data-testid="stHtml"] {min-width: 0}
.hub-field-head {font-weight: 600; color: var(--hub-head)} .hub-field-name {display: none}
.st-key-mapping-fields > div {border-bottom: 1px solid var(--hub-soft-line); padding: .25rem 0;
  align-items: flex-start}
.st-key-mapping-fields button[kind="tertiary"] {color: var(--hub-link); min-height: 0; padding: 0;
  text-align: left}
@media (max-width: 700px) {
.hub-field, .hub-field:not(.hub-field-short) {grid-template-columns: 1fr} .hub-field-head {display: none}
[class*="st-key-mapping-field-"] {flex-wrap: wrap} .hub-field-name {display: inline;
  color: var(--hub-quiet-ink)}}
.hub-problem-parts {display: grid; grid-template-columns: 2.4fr 5fr 2fr; gap: .5rem 1rem; align-items: center}
[class*="st-key-problem-"], [class*="st-key-decided-"] {flex-wrap: nowrap}
.hub-problem-card {border: 1px solid var(--hub-line); border-radius: .5rem; padding: 1rem; margin-bottom: 1rem}
.hub-details summary {cursor: pointer; color: var(--hub-link); font-size: .875rem}
.hub-headline {font-size: 1.05rem; margin: .2rem 0 !important} .hub-headline > a {font-weight: 600}
.hub-table details summary {cursor: pointer; color: var(--hub-link)}
.hub-table ul {margin: .2rem 0 0 1rem; padding: 0} .hub-table li {font-size: .875rem; margin: 0}
[class*="st-key-menu-"] button [data-testid="stMarkdownContainer"] {position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%)}
:is(button, a, summary, [role="tab"], [role="radio"], [role="option"], [role="menuitem"],
  .hub-scroll):focus-visible {outline: 3px solid var(--hub-accent) !important; outline-offset: 2px}
:is([data-testid="stMain"], [class*="st-key-question-"]):focus-visible {
  outline: 3px solid var(--hub-accent) !important; outline-offset: -3px}
.hub-moving {height: .5rem; border-radius: .25rem; background: var(--hub-soft-line); overflow: hidden}
.hub-moving span {display: block; width: 30%; height: 100%; border-radius: .25rem;
  background: var(--hub-accent);
  animation: hub-moving 1.6s ease-in-out infinite alternate}
@keyframes hub-moving {from {margin-left: 0} to {margin-left: 70%}}
@media (prefers-reduced-motion: reduce) {.hub-moving span {animation: none; width: 100%; opacity: .5}}
.hub-heading {font-size: 1.25rem !important; font-weight: 600; margin: .4rem 0 .1rem !important;
  padding: 0 !important}
[data-testid="stHeading"] h1 {padding: 0 0 .6rem !important}
.hub-subtitle {font-size: .9rem !important; font-weight: 400; color: var(--hub-quiet-ink); padding: 0 !important}
.hub-table.hub-stacked .hub-badge {white-space: nowrap}
.hub-lines {list-style: none; margin: 0 !important; padding: 0 !important}
.hub-lines li {margin: 0 !important; padding: .45rem 0; border-bottom: 1px solid var(--hub-soft-line)}
@media (max-width: 640px) {
  .hub-problem-parts {grid-template-columns: 1fr}
  [class*="st-key-problem-"], [class*="st-key-decided-"] {flex-wrap: wrap}
  .block-container, [data-testid="stMainBlockContainer"] {padding: 4rem 1rem 4rem !important}
  h1 {font-size: 1.75rem !important}
  [class*="st-key-filters-"] [data-testid="stColumn"] {min-width: calc(50% - .5rem); flex: 1 1 calc(50% - .5rem)}
  [class*="st-key-filters-"] [data-testid="stColumn"]:has([data-testid="stColumn"]) {min-width: 100%}
  .hub-stacked thead, .st-key-trend-charts {display: none} .hub-phone, .st-key-phone-integration {display: block}
  .hub-stacked tr, .hub-stacked td {display: block; border: 0 !important; padding: .1rem 0 !important}
  .hub-stacked tr {border-bottom: 1px solid var(--hub-line) !important; padding: .7rem 0 !important}
  .hub-table.hub-stacked td {text-align: left}
  .hub-stacked td::before {content: attr(data-label) ": "; color: var(--hub-quiet-ink)}
}
[data-testid="stElementToolbar"] button[aria-label^="Download as CSV"] {display: none}
body:has([data-testid="stDialog"]) [data-testid="stPopoverBody"] {display: none}
[data-testid="stConnectionStatus"] {visibility: hidden}
.block-container, [data-testid="stMainBlockContainer"] {padding: 4rem 2rem}
"""


def apply() -> None:
    """Add the rules to the page."""
    st.html(_rules())


@cache
def _rules() -> Html:
    return Html(f"<style>{colours.variables_css()}{CSS}</style>")
