/**
 * What people see: `await show(value)` in a notebook, charts and pictures as PNG, a report as one
 * HTML file.
 *
 * Read `notebook.ts` first.
 *
 * @module
 */
export { show, showProgress } from "@/report/notebook.ts";
export { drawPictureGrid, drawThumbnail } from "@/report/picture_grid.ts";
export { renderChart } from "@/report/render_chart.ts";
export { reportHtml } from "@/report/report.ts";
