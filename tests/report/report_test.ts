import assert from "node:assert/strict";
import { memoryBankChart } from "@/charts/memory_banks.ts";
import { toPicture } from "@/images/picture.ts";
import { reportHtml, reportPage } from "@/report/report.ts";
import { Interruption } from "@/files/interruption.ts";

const evil = `<script>alert("x")</script> & 'y'`;
const full = {
  title: evil,
  intro: `First.\n\n${evil}`,
  notice: evil,
  facts: { [evil]: evil, seed: 0 },
  sections: [{
    heading: evil,
    text: evil,
    tables: [{ records: [{ [evil]: evil, auroc: 0.5 }], caption: evil, percent: ["auroc"] }],
    charts: [memoryBankChart([{ name: evil, available: 9, kept: 3, radius: 1 }], { title: evil })],
    pictures: { pictures: [{ picture: toPicture(new Uint8Array(48), 4), caption: evil }] },
  }],
};

Deno.test("reportHtml() takes no text for markup, wherever it stands", async () => {
  const html = await reportHtml(full);
  assert.ok(!html.includes("<script"));
  assert.ok(!/alt="[^"]*"x/.test(html));
  assert.equal([...html.matchAll(/&lt;script&gt;/g)].length >= 9, true);
});

Deno.test("reportHtml() needs nothing from outside", async () => {
  const html = await reportHtml(full);
  for (const [, source = ""] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(source, /^(data:image\/(png|jpeg);base64,|#)/);
  }
  assert.ok(!/https?:|@import|url\(/.test(html.replaceAll(/base64,[^"]*/g, "")));
});

Deno.test("reportHtml() holds tables, charts, pictures, facts and the notice", async () => {
  const html = await reportHtml(full);
  assert.equal([...html.matchAll(/<img /g)].length, 2);
  assert.match(html, /<td style="text-align:right;white-space:nowrap">50\.0 %<\/td>/);
  assert.match(html, /<dt>seed<\/dt><dd>0<\/dd>/);
  assert.match(html, /<aside><p>/);
  assert.equal([...html.matchAll(/<p>First\.<\/p>/g)].length, 1);
});

Deno.test("reportHtml() links the sections that it has", async () => {
  const sections = ["Per class", "All classes", "Thresholds"].map((heading) => ({ heading }));
  const html = await reportHtml({ title: "Run", sections });
  const links = [...html.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]!);
  assert.equal(links.length, 3);
  for (const link of links) assert.ok(html.includes(`<h2 id="${link}">`), link);
});

Deno.test("reportHtml() links related reports by addresses that survive any name", async () => {
  const html = await reportHtml({
    title: "Run",
    related: [{ label: evil, links: [{ text: evil, address: "../a b/report.html" }] }],
    sections: [],
  });
  assert.ok(!html.includes("<script"));
  assert.match(
    html,
    /<p class="related">&lt;script&gt;[^]*<a href="\.\.\/a%20b\/report\.html">&lt;/,
  );
});

Deno.test("reportPage() says what cannot be drawn, and draws the rest", async () => {
  const chart = { $schema: "", description: "Broken", mark: "no such mark", data: { values: [] } };
  const lines: string[] = [];
  const notice = (line: string) => void lines.push(line);
  const sections = [
    { heading: "Results", tables: [{ records: [{ class: "nut", auroc: 1 }] }], charts: [chart] },
    { heading: "Others", text: "Still here." },
  ];
  const html = await reportPage(() => ({ title: "Run", sections }), { title: "Run", notice });
  assert.match(html, /<p>Not drawn: Cannot render chart &quot;Broken&quot;: /);
  assert.match(html, /Still here\./);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^note: Results: Not drawn: Cannot render chart "Broken": [^\n]+$/);
});

Deno.test("reportPage() is a page of one line where nothing can be put together, but stops when told", async () => {
  const lines: string[] = [];
  const html = await reportPage(
    () => {
      throw new RangeError("Cannot chart scores: got Infinity\nand more");
    },
    { title: "Run of nut", notice: (line) => lines.push(line) },
  );
  assert.match(html, /<h1>Run of nut<\/h1>/);
  assert.deepEqual(lines, [
    "note: The report cannot be put together: Cannot chart scores: got Infinity",
  ]);
  const stop = () => Promise.reject(new Interruption());
  await assert.rejects(reportPage(stop, { title: "Run" }), { name: "Interruption" });
});
