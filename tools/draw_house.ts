/**
 * Draws `docs/architecture.svg` from the code: rooms, what each is for, and which imports which.
 *
 *     deno task house            writes the picture
 *     deno task house --check    fails where the picture is not what the code says; CI runs this
 *
 * An import that another way through the rooms already implies is not drawn.
 *
 * @module
 */
import { Graph, layout } from "@dagrejs/dagre";
import { join } from "node:path";
import { wrapText } from "@/tables.ts";
import { impurities, pureFolders, readSources, roomEdges, type SourceFile } from "./house.ts";

/** Pixels of a box and of the lines in it. */
const box = { width: 276, height: 72, line: 14 };
const colors = { pure: "#e3f1e8", edge: "#2f6f4f", mixed: "#eceff5", border: "#4a5878" };

const path = join(import.meta.dirname!, "../docs/architecture.svg");
const picture = drawHouse(readSources("src"));
if (Deno.args.includes("--check")) {
  const committed = await Deno.readTextFile(path).catch(() => "");
  if (committed !== picture) {
    await print("docs/architecture.svg must be as the code says, run: deno task house");
    Deno.exit(1);
  }
} else {
  await Deno.writeTextFile(path, picture);
}

/** The picture of all rooms. */
function drawHouse(sources: readonly SourceFile[]): string {
  const files = sources.filter(({ path }) => !path.endsWith("mod.ts"));
  const edges = roomEdges(files);
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 34, marginx: 10, marginy: 10 });
  for (const room of [...edges.keys()].sort()) {
    graph.setNode(room, { width: box.width, height: box.height });
  }
  for (const [from, to] of directEdges(edges)) graph.setEdge(from, to, {});
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const arrows = graph.edges().map((edge) =>
    arrow(graph.edge(edge).points, { from: graph.node(edge.v), to: graph.node(edge.w) })
  );
  const boxes = graph.nodes().map((room) => {
    const { x, y } = graph.node(room);
    return drawRoom(room, { x: x - box.width / 2, y: y - box.height / 2, files, sources });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" ` +
    `width="${round(width)}" height="${round(height)}" ` +
    'font-family="Inter, Helvetica, Arial, sans-serif" role="img">',
    "<title>The rooms of src/: an arrow leads from a room to one that it imports</title>",
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" ` +
    `orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${colors.border}"/></marker></defs>`,
    `<rect x="10" y="10" width="14" height="14" rx="3" fill="${colors.pure}" ` +
    `stroke="${colors.edge}"/>`,
    '<text x="32" y="21" font-size="12" fill="#3c4354">pure: arrays in, arrays out</text>',
    `<rect x="10" y="32" width="14" height="14" rx="3" fill="${colors.mixed}" ` +
    `stroke="${colors.border}"/>`,
    '<text x="32" y="43" font-size="12" fill="#3c4354">touches disk, network or add-ons</text>',
    ...arrows,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

/** Imports between rooms that no longer way implies, in the order of their names. */
function directEdges(edges: ReadonlyMap<string, ReadonlySet<string>>): [string, string][] {
  const reached = (from: string): Set<string> => {
    const found = new Set<string>();
    const visit = (room: string): void => {
      for (const next of edges.get(room) ?? []) {
        if (found.has(next)) continue;
        found.add(next);
        visit(next);
      }
    };
    visit(from);
    return found;
  };
  return [...edges].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([from, targets]) =>
    [...targets].sort()
      .filter((to) => ![...targets].some((other) => other !== to && reached(other).has(to)))
      .map((to): [string, string] => [from, to])
  );
}

interface RoomPlace {
  readonly x: number;
  readonly y: number;
  readonly files: readonly SourceFile[];
  readonly sources: readonly SourceFile[];
}

function drawRoom(room: string, { x, y, files, sources }: RoomPlace): string {
  const own = files.filter(({ path }) => path.split("/")[1] === room);
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const isPure = pureFolders.includes(room) ||
    own.every(({ path }) => impurities(path, byPath).length === 0);
  const door = byPath.get(`src/${room}/mod.ts`) ?? own[0]!;
  const purpose = room === "kernels"
    ? "AssemblyScript, compiled: selection and search."
    : firstSentence(door.text);
  const style = isPure
    ? `fill="${colors.pure}" stroke="${colors.edge}"`
    : `fill="${colors.mixed}" stroke="${colors.border}"`;
  const lines = wrapText(purpose, 42).slice(0, 3).map((line, i) =>
    `<text x="${round(x + 10)}" y="${round(y + 33 + i * box.line)}" font-size="11" ` +
    `fill="#3c4354">${escape(line)}</text>`
  );
  return [
    `<rect x="${round(x)}" y="${round(y)}" width="${box.width}" height="${box.height}" rx="6" ` +
    `${style}/>`,
    `<text x="${round(x + 10)}" y="${round(y + 18)}" font-size="13" font-weight="600" ` +
    `fill="#1f2430">${room}</text>`,
    ...lines,
  ].join("\n");
}

/** The first sentence of a module's documentation. */
function firstSentence(text: string): string {
  const doc = text.match(/^\/\*\*([\s\S]*?)\*\//)?.[1] ?? "";
  const words = doc.replaceAll(/\n \* ?/g, "\n").trim().split(/\n\n/)[0]!.replaceAll("\n", " ");
  return (words.match(/^.*?\.(?=\s|$)/)?.[0] ?? words).replaceAll("`", "");
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the lower edge of one box to the upper edge of the other, by the bends between them. */
function arrow(
  points: readonly Point[],
  ends: { readonly from: Point; readonly to: Point },
): string {
  const bends = points.slice(1, -1);
  const reach = box.width / 2 - 16;
  const near = (center: number, x: number): number =>
    Math.min(center + reach, Math.max(center - reach, x));
  const way = [
    { x: near(ends.from.x, bends[0]!.x), y: ends.from.y + box.height / 2 },
    ...bends,
    { x: near(ends.to.x, bends.at(-1)!.x), y: ends.to.y - box.height / 2 },
  ].map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `<path d="M${way.join(" L")}" fill="none" stroke="${colors.border}" ` +
    'stroke-width="1.2" stroke-linejoin="round" opacity="0.75" marker-end="url(#tip)"/>';
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function round(value: number): number {
  return Math.round(value);
}

async function print(line: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}
