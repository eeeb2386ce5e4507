"""CSS that Streamlit's theme does not cover."""

from __future__ import annotations

import streamlit as st

CSS = """
<style>
.hub-scroll {overflow-x: auto}
.hub-table {width: 100%; border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums}
.hub-table th {text-align: left; font-weight: 600; color: #4d5f6c; border-bottom: 2px solid #d9e1e7;
  padding: .45rem .65rem; vertical-align: bottom}
.hub-table td {border-bottom: 1px solid #e8edf1; padding: .5rem .65rem; vertical-align: top}
.hub-table tbody tr:hover {background: #f6f9fa}
.hub-table .hub-number {text-align: right}
.hub-dense {font-size: .8125rem} .hub-dense th, .hub-dense td {padding: .45rem .35rem}
.hub-table .hub-wide {min-width: 16rem} .hub-table .hub-badge {white-space: normal} .hub-line {white-space: nowrap}
.hub-table a {font-weight: 600}
.hub-help {display: inline-block; vertical-align: top}
.hub-help summary, .hub-tile summary {list-style: none} .hub-help summary::-webkit-details-marker {display: none}
.hub-help summary, .hub-tile span::after {display: inline-block; width: 1rem; height: 1rem; line-height: 1rem;
  border-radius: 50%; background: #e3eaef;
  color: #4d5f6c; font-size: .7rem; text-align: center; cursor: pointer; font-weight: 600}
.hub-help[open] > div {max-width: 14rem; min-width: 9rem; font-size: .8rem; font-weight: 400; text-align: left}
.hub-legend dl {margin: .3rem 0 !important} .hub-legend dl > div {padding: .2rem 0 !important}
.hub-legend dt, .hub-legend dd {display: inline; font-size: .875rem; margin: 0 .4rem 0 0 !important}
.hub-phone {display: none}
.hub-badge {display: inline-block; white-space: nowrap;
  border-radius: .4rem; padding: .08rem .5rem; font-size: .8rem; font-weight: 600}
.hub-green {background: #e0f3e6; color: #17633a} .hub-red {background: #fde5e3; color: #9c2218}
.hub-amber {background: #fdf0d5; color: #7a4b00} .hub-blue {background: #e0eefb; color: #124f87}
.hub-grey {background: #e8edf1; color: #43525d}
.hub-quiet {color: #566773; font-size: .875rem} .hub-problem {color: #9c2218}
.hub-name {font-size: 1.1rem; font-weight: 600} .hub-arrow {text-align: center; font-size: 1.6rem; color: #7b8b97}
.hub-facts {display: flex; flex-wrap: wrap; gap: .3rem 2.2rem; margin: .2rem 0 !important; padding: 0 !important}
.hub-facts div, .hub-facts dt, .hub-facts dd {margin: 0 !important; padding: 0 !important}
.hub-facts dt {color: #566773; font-size: .8rem; font-weight: 400} .hub-facts dd {font-weight: 500}
.hub-tiles {display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .8rem}
.hub-tile {border: 1px solid #d9e1e7; border-radius: .5rem; padding: .6rem .9rem}
.hub-tile summary {cursor: pointer} .hub-tile span::after {content: "?"; margin-left: .3rem}
.hub-tile > div {font-size: .8rem}
.hub-tile span {display: block; color: #566773; font-size: .8rem} .hub-tile b {font-size: 1.6rem; font-weight: 600}
[data-testid="stHtml"] a {color: #0b5f8a; text-decoration: none}
[data-testid="stHtml"] a:hover {text-decoration: underline}
.stFormSubmitButton button {background: #0f6e84; border-color: #0f6e84; color: #fff}
.stFormSubmitButton button:hover {background: #0c5a6d; border-color: #0c5a6d; color: #fff}
[data-testid="stSidebar"] .stFormSubmitButton button {background: #fff; border-color: #c3ced6; color: #1d2b36}
[data-testid="stSidebar"] .stFormSubmitButton button:hover {border-color: #0f6e84; color: #0f6e84}
.hub-button {display: inline-block; border: 1px solid #c3ced6; border-radius: .5rem; padding: .36rem .8rem;
  background: #fff; color: #1d2b36 !important; text-decoration: none !important; font-size: .95rem}
.hub-button:hover {border-color: #0f6e84; color: #0f6e84 !important}
.hub-end {display: block; text-align: right}
.hub-button.hub-primary {background: #0f6e84; border-color: #0f6e84; color: #fff !important}
.hub-button.hub-primary:hover {background: #0c5a6d}
.st-key-confirm-delete button[kind="primary"] {background: #9c2218; border-color: #9c2218}
.st-key-confirm-delete button[kind="primary"]:hover {background: #7d1b13; border-color: #7d1b13}
[class*="st-key-card-"]:has(.hub-chosen) {outline: 2px solid #0f6e84; border-color: #0f6e84}
.hub-chosen {color: #0f6e84; font-weight: 600}
[class*="st-key-enter-"] button[kind="tertiary"] {color: #0b5f8a; min-height: 0; padding: 0}
.hub-mark {display: inline-block; width: 2.1rem; height: 2.1rem; line-height: 2.1rem; border-radius: .5rem;
  text-align: center; color: #fff; font-weight: 700; margin-right: .55rem; font-size: .95rem}
.hub-field {display: grid; grid-template-columns: 3fr 1.3fr 1fr 2.6fr; gap: .2rem 1rem; font-size: .875rem; width: 100%}
.hub-field:not(.hub-field-short) {grid-template-columns: 190px 3fr 1.3fr 1fr 2.6fr}
[class*="st-key-mapping-field-"] {flex-wrap: nowrap}
[class*="st-key-mapping-field-"] [data-testid="stHtml"] {min-width: 0}
.hub-field-head {font-weight: 600; color: #4d5f6c} .hub-field-name {display: none}
.st-key-mapping-fields > div {border-bottom: 1px solid #e8edf1; padding: .25rem 0; align-items: flex-start}
.st-key-mapping-fields button[kind="tertiary"] {color: #0b5f8a; min-height: 0; padding: 0; text-align: left}
@media (max-width: 700px) {
.hub-field, .hub-field:not(.hub-field-short) {grid-template-columns: 1fr} .hub-field-head {display: none}
[class*="st-key-mapping-field-"] {flex-wrap: wrap} .hub-field-name {display: inline; color: #566773}}
.hub-details summary {cursor: pointer; color: #0b5f8a; font-size: .875rem}
.hub-headline {font-size: 1.05rem; margin: .2rem 0 !important} .hub-headline > a {font-weight: 600}
.hub-table details summary {cursor: pointer; color: #0b5f8a}
.hub-table ul {margin: .2rem 0 0 1rem; padding: 0} .hub-table li {font-size: .875rem; margin: 0}
[class*="st-key-menu-"] button [data-testid="stMarkdownContainer"] {position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%)}
.stMain button:focus-visible, .stMain a:focus-visible, [data-testid="stSidebar"] a:focus-visible,
[data-testid="stSidebar"] button:focus-visible, .stMain summary:focus-visible {
  outline: 3px solid #0f6e84 !important; outline-offset: 2px}
.hub-moving {height: .5rem; border-radius: .25rem; background: #e8edf1; overflow: hidden}
.hub-moving span {display: block; width: 30%; height: 100%; border-radius: .25rem; background: #0f6e84;
  animation: hub-moving 1.6s ease-in-out infinite alternate}
@keyframes hub-moving {from {margin-left: 0} to {margin-left: 70%}}
@media (prefers-reduced-motion: reduce) {.hub-moving span {animation: none; width: 100%; opacity: .5}}
.hub-heading {font-size: 1.25rem !important; font-weight: 600; margin: .4rem 0 .1rem !important; padding: 0 !important}
.hub-table.hub-stacked .hub-badge {white-space: nowrap}
.hub-lines {list-style: none; margin: 0 !important; padding: 0 !important}
.hub-lines li {margin: 0 !important; padding: .45rem 0; border-bottom: 1px solid #e8edf1}
@media (max-width: 640px) {
  .block-container, [data-testid="stMainBlockContainer"] {padding: 4rem 1rem 4rem !important}
  .hub-stacked thead, .st-key-trend-charts {display: none} .hub-phone {display: block}
  .hub-stacked tr, .hub-stacked td {display: block; border: 0 !important; padding: .1rem 0 !important}
  .hub-stacked tr {border-bottom: 1px solid #d9e1e7 !important; padding: .7rem 0 !important}
  .hub-stacked td::before {content: attr(data-label) ": "; color: #566773}
}
[data-testid="stElementToolbar"] button[aria-label^="Download as CSV"] {display: none}
[data-testid="stConnectionStatus"] {visibility: hidden}
.block-container, [data-testid="stMainBlockContainer"] {padding: 3rem 3rem 4rem}
</style>
"""


def apply() -> None:
    """Add the rules to the page."""
    st.html(CSS)
