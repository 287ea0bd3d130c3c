/**
 * The page of all results: one HTML file that needs no network, sorts and filters by itself, and
 * links to every report.
 *
 * @module
 */
import { relative } from "node:path";
import { modelLabel } from "@/charts/theme.ts";
import type { ListedResult } from "@/lab/finished/listed_results.ts";
import type { LeftOut } from "@/lab/finished/result_folders.ts";
import { plural } from "@/messages.ts";
import { escapeHtml, formatPercent } from "@/tables.ts";

/** By this a page is known as this program's, so that only such a one is replaced. */
export const pageMark = '<meta name="generator" content="HierCore Lab, deno task results">';

/** What the page shows. */
export interface IndexPage {
  /** The folder that it lies in; links start there. */
  readonly root: string;
  /** Everything that was found in there, in the order of the list. */
  readonly results: readonly ListedResult[];
  /** What could not be read. */
  readonly leftOut: readonly LeftOut[];
}

/** Writes a moment as the reader's clock had it, to the minute. */
export function localTime(iso: string): string {
  const time = new Date(iso), two = (value: number): string => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Writes a verdict: "holds", "fails", or a dash where there is none. */
export function verdictText(holds: boolean | null): string {
  return holds === null ? "–" : holds ? "holds" : "fails";
}

/** Says how many there are of each kind; rows of an audit count once. */
export function countResults(results: readonly ListedResult[]): string {
  const count = (kind: ListedResult["kind"]): number =>
    new Set(results.filter((each) => each.kind === kind).map(({ folder }) => folder)).size;
  const runs = count("run"), studies = count("study"), audits = count("audit");
  return [
    ...runs === 0 && studies + audits > 0 ? [] : [plural(runs, "run")],
    ...studies === 0 ? [] : [plural(studies, "study", { several: "studies" })],
    ...audits === 0 ? [] : [plural(audits, "audit")],
  ].join(", ");
}

/** A cell: HTML to see, and what it is sorted by. */
interface Cell {
  readonly html: string;
  readonly sort: string | number | null;
}

/** Columns by title, and whether they hold numbers, of which the largest is asked for first. */
const columns: readonly { readonly title: string; readonly isNumber: boolean }[] = [
  { title: "finished", isNumber: true },
  { title: "dataset", isNumber: false },
  { title: "model", isNumber: false },
  { title: "scenario", isNumber: false },
  { title: "image AUROC", isNumber: true },
  { title: "worst class", isNumber: true },
  { title: "F1", isNumber: true },
  { title: "R1", isNumber: false },
  { title: "R2", isNumber: false },
  { title: "differs", isNumber: false },
  { title: "folder", isNumber: false },
];

/** Draws the page. */
export function indexPageHtml({ root, results, leftOut }: IndexPage): string {
  const parts = Map.groupBy(results, ({ parent }) => parent);
  const places = new Map(results.map((result, i) => [result.folder, i]));
  const rows = results.map((result, i) => {
    const cells = cellsOf(result, { root, parts: parts.get(result.folder) ?? [], places });
    const html = cells.map(({ html, sort }, column) => {
      const { title, isNumber } = columns[column]!;
      const side = isNumber && column > 0 ? ' class="number"' : "";
      const empty = html === "–" ? " data-empty" : "";
      return `<td data-title="${title}"${side}${empty} data-sort="${
        escapeHtml(String(sort ?? ""))
      }"><div>${html}</div></td>`;
    }).join("");
    const kind = result.parent === null ? result.kind : `${result.kind} part`;
    return `<tr id="r${i}" class="${kind}">${html}</tr>`;
  });
  const head = columns.map(({ title, isNumber }, i) =>
    `<th scope="col"${isNumber && i > 0 ? ' class="number"' : ""}>` +
    `<button type="button" data-first="${isNumber ? -1 : 1}">${title}</button></th>`
  );
  const faults = leftOut.map(({ folder, reason }) =>
    `<li><code>${escapeHtml(below(root, folder))}</code>: ${escapeHtml(reason)}</li>`
  );
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${pageMark}
<title>Results</title><style>${style}</style></head>
<body><main>
<h1>Results</h1>
<p>${countResults(results)}, as <code>deno task results</code> found them on ${
    localTime(new Date().toISOString())
  }. Image AUROC is the mean of classes, F1 that of all test images at their thresholds; R1 and R2 are
judged where there are one-class models to compare with. <code>deno task results A B</code> compares
the runs in two folders.</p>
<p class="tools"><label>Show rows with <input type="search" id="filter" autocomplete="off"></label>
<output id="shown" for="filter"></output></p>
<table><thead><tr>${head.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>
${
    faults.length === 0
      ? ""
      : `<h2>Left out</h2>\n<p>${plural(faults.length, "folder")} could not be read.</p>\n<ul>${
        faults.join("\n")
      }</ul>`
  }
</main><script>${script}</script></body></html>
`;
}

function cellsOf(
  result: ListedResult,
  { root, parts, places }: {
    readonly root: string;
    readonly parts: readonly ListedResult[];
    readonly places: ReadonlyMap<string, number>;
  },
): Cell[] {
  const { finished, dataset, kind, scenario, macro, worst, f1, differs } = result;
  const text = (value: string): Cell => ({ html: escapeHtml(value), sort: value });
  const share = (value: number | null): Cell => ({
    html: value === null ? "–" : formatPercent(value),
    sort: value,
  });
  const verdict = (holds: boolean | null): Cell => ({
    html: holds === null ? "–" : `<span class="${verdictText(holds)}">${verdictText(holds)}</span>`,
    sort: holds === null ? null : verdictText(holds),
  });
  const of = parts.length === 0 || kind === "audit" ? "" : partsHtml(root, parts);
  return [
    {
      html: `<time datetime="${finished}">${localTime(finished)}</time>`,
      sort: new Date(finished).getTime(),
    },
    text(dataset),
    text(modelText(result)),
    { html: scenario === null ? "–" : String(scenario), sort: scenario },
    share(macro),
    {
      html: worst === null
        ? "–"
        : `${escapeHtml(worst.className)} ${formatPercent(worst.auroc).replace(" ", "&nbsp;")}`,
      sort: worst?.auroc ?? null,
    },
    share(f1),
    verdict(result.r1),
    verdict(result.r2),
    differs.length === 0
      ? { html: "–", sort: null }
      : { html: differs.map(escapeHtml).join("<br>"), sort: differs.join(" ") },
    {
      html: folderHtml(result, { root, places }) + of,
      sort: below(root, result.folder),
    },
  ];
}

/** Names the model, or what stands for several. */
export function modelText({ kind, model, seeds, parent }: ListedResult): string {
  const name = model === null ? "study" : modelLabel(model);
  if (kind === "audit") return `${name} (audit)`;
  if (seeds.length > 1) return `${name} (${seeds.length} seeds)`;
  return kind === "run" && parent !== null && seeds[0] !== 0 ? `${name} (seed ${seeds[0]})` : name;
}

/** The folder as a link to its report, and what it is part of. */
function folderHtml(
  { folder, report, parent }: ListedResult,
  { root, places }: { readonly root: string; readonly places: ReadonlyMap<string, number> },
): string {
  const path = escapeHtml(below(root, folder)).replaceAll(/[/~=]/g, "$&<wbr>");
  const own = report === null ? path : `<a href="${addressOf(root, report)}">${path}</a>`;
  return parent === null
    ? own
    : `${own}<br><small>part of <a href="#r${places.get(parent)}">${
      escapeHtml(below(root, parent))
    }</a></small>`;
}

/** Links to the reports of the parts, model by model. */
function partsHtml(root: string, parts: readonly ListedResult[]): string {
  const byModel = Map.groupBy(parts, ({ model }) => model ?? "");
  const several = new Set(parts.map(({ seeds }) => seeds[0])).size > 1;
  const lines = [...byModel].map(([model, runs]) => {
    const links = runs.filter(({ report }) => report !== null).map((run) => {
      const text = `scenario ${run.scenario}${several ? `, seed ${run.seeds[0]}` : ""}`;
      return `<a href="${addressOf(root, run.report!)}">${text}</a>`;
    });
    return `<br><small>${escapeHtml(modelLabel(model))}: ${links.join(" · ")}</small>`;
  });
  return lines.join("");
}

function below(root: string, path: string): string {
  return relative(root, path).replaceAll("\\", "/") || ".";
}

/** A relative address: names may hold what means something in addresses. */
function addressOf(root: string, path: string): string {
  return escapeHtml(below(root, path).split("/").map(encodeURIComponent).join("/"));
}

const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2430; --soft: #5a606c; --line: #e6e8ec;
  --band: #f5f7fa; --link: #0b4f86; --good: #00664a; --bad: #a33b00; --mark: #fff6e0; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --text: #e4e7ec; --soft: #a3abb8; --line: #2c323b; --band: #1c2129;
    --link: #8cc4f5; --good: #5fd0a8; --bad: #ffa26b; --mark: #3a3118; }
}
body { margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 Inter, system-ui, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1500px; margin: 0 auto; padding: 32px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 16px; }
h2 { font-size: 21px; margin: 40px 0 8px; }
p { max-width: 75ch; margin: 0 0 12px; }
a { color: var(--link); }
code { font-size: 0.9em; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: baseline; margin: 20px 0 12px; }
input { font: inherit; padding: 4px 8px; min-width: 12em; border: 1px solid var(--soft);
  border-radius: 4px; background: var(--ground); color: inherit; }
output, small { color: var(--soft); font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  text-align: left; }
td:first-child, td.number { white-space: nowrap; }
td:last-child { min-width: 13em; overflow-wrap: anywhere; }
td[data-title="differs"] { min-width: 9em; overflow-wrap: anywhere; }
.number { text-align: right; }
.number + :not(.number) { padding-left: 10px; }
thead th { position: sticky; top: 0; background: var(--ground); border-bottom: 2px solid var(--soft); }
button { font: inherit; font-weight: 600; color: var(--soft); background: none; border: 0; padding: 2px 0;
  cursor: pointer; white-space: nowrap; }
button:hover { color: var(--link); }
th[aria-sort] button { color: var(--text); }
th[aria-sort="ascending"] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
tbody tr:hover, tr.study, tr.seeds { background: var(--band); }
tr:target { background: var(--mark); }
.nested tr.part td:first-child { padding-left: 14px; }
tr[hidden] { display: none; }
.holds { color: var(--good); }
.fails { color: var(--bad); }
ul { padding-left: 20px; }
@media (max-width: 1180px) {
  main { padding: 20px 14px 60px; }
  table, tr, td { display: block; }
  tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 8px 20px; }
  thead, thead tr { display: flex; flex-wrap: wrap; gap: 4px 8px; }
  thead th { position: static; border: 1px solid var(--line); border-radius: 4px; padding: 6px 10px; }
  tbody tr { padding: 10px; border-bottom: 2px solid var(--line); }
  td, td.number, .number + td:not(.number) { border: 0; padding: 2px 0; min-width: 0 !important; display: grid; text-align: left;
    grid-template-columns: 7.5em minmax(0, 1fr); white-space: normal; }
  td::before { content: attr(data-title); color: var(--soft); grid-column: 1; grid-row: 1; }
  td[data-empty] { display: none !important; }
  .nested tr.part td:first-child { padding-left: 0; }
}
@media print { .tools { display: none; } thead th { position: static; } }
`;

// Sorting and filtering: a third press of a heading brings the first order back.
const script = `
const body = document.querySelector("tbody"), first = [...body.rows];
const heads = [...document.querySelectorAll("thead th")];
const shown = document.querySelector("#shown"), filter = document.querySelector("#filter");
const table = document.querySelector("table");
table.classList.add("nested");
const compare = (column, direction) => (a, b) => {
  const [x, y] = [a, b].map((row) => row.cells[column].dataset.sort);
  if (x === "" || y === "") return (x === "") - (y === "");
  const numeric = x - y;
  return direction * (Number.isNaN(numeric) ? x.localeCompare(y, undefined, { numeric: true }) : numeric);
};
heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
  const wanted = Number(head.firstElementChild.dataset.first);
  const now = { ascending: 1, descending: -1 }[head.ariaSort] ?? 0;
  const next = now === 0 ? wanted : now === wanted ? -wanted : 0;
  for (const each of heads) each.removeAttribute("aria-sort");
  if (next !== 0) head.setAttribute("aria-sort", next > 0 ? "ascending" : "descending");
  body.append(...(next === 0 ? first : first.toSorted(compare(column, next))));
  table.classList.toggle("nested", next === 0);
}));
const texts = new Map(first.map((row) => [row, row.textContent.toLowerCase()]));
const show = () => {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const row of first) {
    row.hidden = !words.every((word) => texts.get(row).includes(word));
    count += !row.hidden;
  }
  shown.textContent = words.length === 0 ? "" : count + " of " + first.length;
};
filter.addEventListener("input", show);
show();
addEventListener("hashchange", () => {
  if (document.querySelector(location.hash || "main")?.hidden) { filter.value = ""; show(); }
});
`;
