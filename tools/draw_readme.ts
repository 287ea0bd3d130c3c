/**
 * Draws the picture of the README from the results of `deno task demo`.
 *
 *     deno run -A tools/draw_readme.ts
 *
 * @module
 */
import { join } from "node:path";
import { scenarioChart } from "@/charts/mod.ts";
import { scenarioScores } from "@/charts/records.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";
import { renderChart } from "@/report/render_chart.ts";

const results = join(repositoryRoot, "results/sample/scenarios/scenarios.json");
const file = JSON.parse(await Deno.readTextFile(results));
const chart = scenarioChart(scenarioScores(file));
const { png } = await renderChart(chart, { scale: 2 });
await replaceFile(join(repositoryRoot, "docs/four_scenarios.png"), png);
