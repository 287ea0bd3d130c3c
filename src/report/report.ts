/**
 * Reports: one HTML file that holds everything it shows and needs neither network nor scripts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ChartSpec } from "@/charts/theme.ts";
import { Interruption } from "@/files/interruption.ts";
import {
  type CaptionedPicture,
  drawLegend,
  encodePicture,
  type PictureGrid,
} from "@/report/picture_grid.ts";
import { renderChart } from "@/report/render_chart.ts";
import {
  escapeHtml,
  recordTable,
  recordTableHtml,
  type RecordTableOptions,
  type TableRecord,
} from "@/tables.ts";

/** A table of a report: records and how they are shown. */
export interface ReportTable extends RecordTableOptions {
  /** One record per row. */
  readonly records: readonly TableRecord[];
}

/** One section. Text comes first, then tables, charts and pictures. */
export interface ReportSection {
  /** Title of the section. */
  readonly heading: string;
  /** Plain text; an empty line begins a new paragraph. */
  readonly text?: string;
  /** Tables, in order. */
  readonly tables?: readonly ReportTable[];
  /** Charts, in order. */
  readonly charts?: readonly ChartSpec[];
  /** Pictures with captions, such as anomaly maps over photographs. */
  readonly pictures?: PictureGrid;
}

/** Links to other reports, such as those of the runs of a study. */
export interface RelatedReports {
  /** What they are, such as "Runs of PatchCore". */
  readonly label: string;
  /** Text and address of each; a relative address starts from the report's folder. */
  readonly links: readonly { readonly text: string; readonly address: string }[];
}

/** Everything a report says. */
export interface Report {
  /** Title of the page. */
  readonly title: string;
  /** Plain text below the title; an empty line begins a new paragraph. */
  readonly intro?: string;
  /** What must be known before any number is read, such as that the data are drawn; set apart. */
  readonly notice?: string;
  /** What was run, by name: data, weights, versions, seed. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** Reports that belong to this one, below the facts. */
  readonly related?: readonly RelatedReports[];
  /** The sections, in order. */
  readonly sections: readonly ReportSection[];
}

/** How a report is drawn. */
export interface ReportOptions {
  /** Takes one line about each chart or picture that cannot be drawn; default: nobody hears it. */
  readonly notice?: ((line: string) => void) | undefined;
}

/**
 * Draws the report of results that must not be lost by it: what cannot be put together or drawn
 * becomes a line in it.
 */
export async function reportPage(
  make: () => Report | Promise<Report>,
  options: ReportOptions & { readonly title: string },
): Promise<string> {
  const { title, notice } = options;
  let report: Report;
  try {
    report = await make();
  } catch (error) {
    const line = `The report cannot be put together: ${reasonOf(error)}`;
    notice?.(`note: ${line}`);
    const intro = "All results are in the files beside this page.";
    report = { title, intro, notice: line, sections: [] };
  }
  return await reportHtml(report, { notice });
}

/** The first line of what went wrong; a request to stop is passed on. */
function reasonOf(error: unknown): string {
  if (error instanceof Interruption) throw error;
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/**
 * Draws a report as HTML. A chart or a picture that cannot be drawn becomes a line.
 *
 * @param report What to say.
 * @param options Who hears of what cannot be drawn.
 * @returns A whole document.
 *
 * @example One table
 * ```ts
 * import assert from "node:assert/strict";
 * import { reportHtml } from "@/report/mod.ts";
 *
 * const html = await reportHtml({
 *   title: "Classes",
 *   sections: [{ heading: "Results", tables: [{ records: [{ class: "nut", auroc: 1 }] }] }],
 * });
 * assert.match(html, /<h2 id="results">Results<\/h2>/);
 * ```
 */
export async function reportHtml(report: Report, options: ReportOptions = {}): Promise<string> {
  const { title, intro = "", notice, facts = {}, related = [], sections } = report;
  const bodies: string[] = [];
  for (const section of sections) bodies.push(await sectionHtml(section, options));
  const factRows = Object.entries(facts).map(([name, value]) =>
    `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value))}</dd></div>`
  );
  const links = sections.map(({ heading }) =>
    `<a href="#${anchorOf(heading)}">${escapeHtml(heading)}</a>`
  );
  return [
    "<!DOCTYPE html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>`,
    "<body><main>",
    `<h1>${escapeHtml(title)}</h1>`,
    paragraphs(intro),
    notice === undefined ? "" : `<aside>${paragraphs(notice)}</aside>`,
    factRows.length === 0 ? "" : `<dl>${factRows.join("")}</dl>`,
    ...related.map(relatedHtml),
    links.length < 3 ? "" : `<nav>${links.join("")}</nav>`,
    ...bodies,
    "</main></body></html>",
    "",
  ].filter((part, i, all) => part !== "" || i === all.length - 1).join("\n");
}

function relatedHtml({ label, links }: RelatedReports): string {
  const anchors = links.map(({ text, address }) =>
    `<a href="${escapeHtml(encodeURI(address))}">${escapeHtml(text)}</a>`
  );
  return `<p class="related">${escapeHtml(label)}: ${anchors.join(" ")}</p>`;
}

async function sectionHtml(
  section: ReportSection,
  { notice }: ReportOptions,
): Promise<string> {
  const { heading, text = "", tables = [], charts = [], pictures } = section;
  const parts = [
    `<h2 id="${anchorOf(heading)}">${escapeHtml(heading)}</h2>`,
    paragraphs(text),
    ...tables.map((table) =>
      scrollable("table", {
        label: table.caption ?? heading,
        html: recordTableHtml(recordTable(table.records, table)),
      })
    ),
  ];
  const draw = async (work: () => Promise<string>): Promise<void> => {
    try {
      parts.push(await work());
    } catch (error) {
      const line = `Not drawn: ${reasonOf(error)}`;
      notice?.(`note: ${heading}: ${line}`);
      parts.push(paragraphs(line));
    }
  };
  for (const chart of charts) {
    await draw(async () => {
      const { png, width, height } = await renderChart(chart);
      const image = imageHtml({ type: "png", file: png, width, height, text: chart.description });
      return scrollable("chart", { label: chart.description, html: image });
    });
  }
  if (pictures !== undefined && pictures.pictures.length > 0) {
    await draw(() => picturesHtml(pictures));
  }
  return `<section>\n${parts.filter((part) => part !== "").join("\n")}\n</section>`;
}

/** What may be wider than a phone: scrolled by itself, with the keyboard, too, and named. */
function scrollable(
  kind: "table" | "chart",
  { label, html }: { readonly label: string; readonly html: string },
): string {
  return `<div class="${kind}" tabindex="0" role="region" aria-label="${
    escapeHtml(label)
  }">${html}</div>`;
}

/** Every picture with its caption, as many beside each other as there is room for. */
async function picturesHtml(grid: PictureGrid): Promise<string> {
  const { tile = 180, tileWidth = tile, legend } = grid;
  const figures = await Promise.all(
    grid.pictures.map(({ picture, caption }) =>
      figureHtml({ picture, caption: caption ?? "" }, { width: tileWidth, height: tile })
    ),
  );
  return (legend === undefined ? "" : `<div class="legend">${await drawLegend(legend)}</div>\n`) +
    `<div class="pictures" style="--tile:${tileWidth}px">\n${figures.join("\n")}\n</div>`;
}

async function figureHtml(
  { picture, caption }: Required<CaptionedPicture>,
  box: { readonly width: number; readonly height: number },
): Promise<string> {
  const { jpeg, width, height } = await encodePicture(picture, box);
  const lines = caption === "" ? [] : caption.split("\n").map(escapeHtml);
  const text = lines.length === 0 ? "" : `<figcaption>${lines.join("<br>")}</figcaption>`;
  const image = imageHtml({
    type: "jpeg",
    file: jpeg,
    width,
    height,
    text: caption.split("\n")[0]!,
  });
  return `<figure>${image}${text}</figure>`;
}

function imageHtml(image: {
  readonly type: "png" | "jpeg";
  readonly file: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly text: string;
}): string {
  const { type, file, width, height, text } = image;
  const data = Buffer.from(file).toString("base64");
  return `<img src="data:image/${type};base64,${data}" width="${width}" height="${height}" ` +
    `alt="${escapeHtml(text)}">`;
}

function paragraphs(text: string): string {
  return text.split(/\n\s*\n/).map((part) => part.trim()).filter((part) => part !== "")
    .map((part) => `<p>${escapeHtml(part)}</p>`).join("\n");
}

function anchorOf(heading: string): string {
  return escapeHtml(heading.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-"));
}

/** Charts keep their white ground in a dark scheme; everything else follows the reader's scheme. */
const style = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2430; --subdued: #5a606c;
  --line: #e6e8ec; --strong: #c9ced6; --panel: #f5f7fa; --notice: #fff6e0; --link: #0b4f86; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171d; --ink: #e8eaee;
  --subdued: #a9b0bc; --line: #2c323c; --strong: #4a515d; --panel: #1d222a; --notice: #33291a;
  --link: #8cc4f2; } }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 Inter, system-ui, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 40px 24px 80px; }
h1, h2, p, dd, figcaption { overflow-wrap: anywhere; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 16px; }
h2 { font-size: 21px; margin: 48px 0 12px; padding-top: 12px; border-top: 1px solid var(--line); }
p { max-width: 70ch; margin: 0 0 12px; }
aside { margin: 20px 0; padding: 12px 16px; background: var(--notice);
  border-left: 4px solid #e69f00; }
aside p { margin: 0; }
aside p + p { margin-top: 8px; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px 24px;
  margin: 24px 0; padding: 16px; background: var(--panel); font-size: 14px; }
dt { color: var(--subdued); }
dd { margin: 0; font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: 6px 20px; font-size: 14px; }
a { color: var(--link); }
.related { max-width: none; font-size: 14px; }
.related a { display: inline-block; margin-left: 10px; }
.table, .chart { overflow-x: auto; margin: 16px 0 24px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { font-weight: 600; padding-bottom: 6px; text-align: start; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
td:last-child:not([style*="nowrap"]) { white-space: normal; min-width: 18em; }
th { color: var(--subdued); font-weight: 600; border-bottom: 2px solid var(--strong); }
tbody tr:hover { background: var(--panel); }
img { max-width: 100%; height: auto; }
.chart img { display: block; background: #fff; border-radius: 4px; }
.legend { margin: 16px 0; }
.legend svg { overflow: visible; }
.legend text { font-family: inherit; }
.pictures { display: grid; gap: 18px 16px; margin: 16px 0 24px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--tile)), 1fr)); }
figure { margin: 0; font-size: 13px; line-height: 1.4; }
figure img { display: block; margin-bottom: 4px; }
@media (max-width: 600px) {
  main { padding: 24px 16px 48px; }
  h1 { font-size: 25px; }
  .chart img { max-width: none; }
  figure img { width: 100%; }
}
@page { size: A4; margin: 14mm 12mm; }
@media print {
  :root { color-scheme: light; --ground: #fff; --ink: #000; --subdued: #444; --line: #ccc;
    --strong: #888; --panel: #f5f7fa; --notice: #fff6e0; --link: #000; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h1 { font-size: 18pt; }
  h2 { font-size: 13pt; margin: 14pt 0 6pt; break-after: avoid; }
  .table, .chart { overflow: visible; margin: 6pt 0 10pt; }
  table { width: 100%; font-size: 7pt; }
  th[style], td { white-space: normal !important; padding: 2pt 4pt 2pt 0; }
  td[style*="nowrap"] { white-space: nowrap !important; }
  td[style]:first-child { white-space: normal !important; overflow-wrap: anywhere; }
  td:last-child:not([style*="nowrap"]) { min-width: 0; }
  p { orphans: 3; widows: 3; }
  tr, figure, .chart, .legend, aside, dl > div { break-inside: avoid; }
  .chart img { max-height: 84mm; width: auto; }
  .pictures { grid-template-columns: repeat(2, 1fr); gap: 8pt 10pt; }
  figure { font-size: 8pt; }
}
`;
