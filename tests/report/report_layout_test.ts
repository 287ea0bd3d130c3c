/** How a report comes out on paper and on a phone: measured in Chromium, where there is one. */
import assert from "node:assert/strict";
import { scoreDistributionChart } from "@/charts/scores.ts";
import { toPicture } from "@/images/picture.ts";
import { reportHtml } from "@/report/report.ts";
import { escapeHtml } from "@/tables.ts";
import { findChromium } from "../helpers/chromium.ts";

const chromium = await findChromium();

function testInBrowser(name: string, test: () => Promise<void>): void {
  Deno.test(name, async () => {
    if (chromium !== null) return await test();
    await Deno.stdout.write(new TextEncoder().encode(`SKIPPED ${name}: needs Chromium\n`));
  });
}

/** The widest table there is: that of a run, with a class of a long name. */
const html = await reportHtml({
  title: "HierarchicalPatchCoreWithoutAnyPlaceToBreakItsNameAt on MVTec",
  facts: { run: "greedy0.1-layer4-".repeat(8) },
  sections: [{
    heading: "Classes",
    tables: [{
      records: ["metal_nut_of_the_second_supplier", "pill"].map((name) => ({
        class: name,
        ...Object.fromEntries(
          "train,normal,anomalous,image AUROC,image AP,image F1-max,pixel AUROC,pixel AP,AUPRO@0.3,FPR,recall,F1"
            .split(",").map((column) => [column, 0.987]),
        ),
        requirement: "R1 holds: mean |Δ| 0.0, worst Δ 0.0, which is as long as it gets here",
      })),
      percent: ["image AUROC", "FPR"],
    }],
    charts: [scoreDistributionChart([{ className: "nut", isAnomalous: false, score: 1 }])],
    pictures: {
      pictures: Array.from({ length: 4 }, () => ({
        picture: toPicture(new Uint8Array(3 * 200), 20),
        caption: "plate 010: 892 = 1.06 × threshold, false alarm",
      })),
      tileWidth: 324,
    },
  }],
});

interface Layout {
  /** Right edge of what reaches farthest, of everything and of the cells of tables. */
  readonly page: number;
  readonly cells: number;
  /** Columns of pictures. */
  readonly pictures: number;
}

/** Lays the report out in a window of that width, and measures. */
async function layOut(report: string, width: number): Promise<Layout> {
  const script = `const d = f.contentDocument, right = (selector) => Math.max(0,
    ...[...d.querySelectorAll(selector)].map((e) => e.getBoundingClientRect().right));
    const lefts = [...d.querySelectorAll("figure")].map((e) => e.getBoundingClientRect().left);
    document.title = JSON.stringify({ page: d.documentElement.scrollWidth, cells: right("th, td"),
      pictures: new Set(lefts).size });`;
  const page =
    `<!DOCTYPE html><title></title><iframe id="f" style="width:${width}px;height:900px;` +
    `border:0" srcdoc="${escapeHtml(report)}" onload='${
      script.replaceAll("'", "&#39;")
    }'></iframe>`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/page.html`, page);
    const { stdout } = await new Deno.Command(chromium!, {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        `--user-data-dir=${folder}/profile`,
        "--virtual-time-budget=5000",
        "--dump-dom",
        `file://${folder}/page.html`,
      ],
      stderr: "null",
    }).output();
    const title = new TextDecoder().decode(stdout).match(/<title>(\{.*?\})<\/title>/);
    return JSON.parse(title![1]!);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A4 without its margins, at 96 pixels an inch. */
const paper = Math.floor((210 - 2 * 12) / 25.4 * 96);

testInBrowser("reportHtml() loses no column on A4 paper", async () => {
  // A printer's rules, for the screen.
  const printed = html.replace("@media print", "@media all");
  const { page, cells, pictures } = await layOut(printed, paper);
  assert.ok(cells > 0.9 * paper && cells <= paper, `cells reach ${cells} of ${paper}`);
  assert.ok(page <= paper, `page ${page}`);
  assert.equal(pictures, 2);
  // Without these rules the table does not fit, so that the test can fail.
  assert.ok((await layOut(html, paper)).cells > paper);
});

testInBrowser(
  "reportHtml() fits a phone of 390 pixels, wide tables scroll by themselves",
  async () => {
    const { page, cells, pictures } = await layOut(html, 390);
    assert.equal(page, 390);
    assert.ok(cells > 390, "the table is wider, in its own frame");
    assert.equal(pictures, 1);
  },
);

Deno.test("reportHtml() lets the keyboard reach and name what scrolls", () => {
  const regions = [...html.matchAll(/<div class="(table|chart)" ([^>]*)>/g)];
  assert.deepEqual(regions.map(([, kind]) => kind), ["table", "chart"]);
  for (const [, , attributes] of regions) {
    assert.match(attributes!, /^tabindex="0" role="region" aria-label="[^"]+"$/);
  }
});

Deno.test("reportHtml() follows a dark scheme, but for charts, and prints a light one", () => {
  const style = html.match(/<style>([^]*)<\/style>/)![1]!;
  assert.match(style, /color-scheme: light dark/);
  assert.match(style, /prefers-color-scheme: dark/);
  assert.match(style, /\.chart img \{[^}]*background: #fff/);
  // In print after the dark scheme, which it therefore overrides.
  assert.ok(style.indexOf("@media print") > style.indexOf("prefers-color-scheme: dark"));
  // No colour but through the names that the schemes define.
  const rules = style.slice(style.indexOf("body {"), style.indexOf("@page"));
  assert.deepEqual(
    [...rules.matchAll(/#[0-9a-f]{3,6}/g)].map(([color]) => color).sort(),
    ["#e69f00", "#fff"],
  );
});
