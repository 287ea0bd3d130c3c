/**
 * The command `deno task backbone`: lists backbones, fetches weights, converts them.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type BackboneEntry, findBackboneEntry } from "@/backbones/entries.ts";
import { backboneFile, readBackbones, weightsFolder } from "@/backbones/registry.ts";
import { fetchWeights } from "@/backbones/weights.ts";
import type { ExperimentConfig } from "@/config.ts";
import { graphFolder, openEmbedder } from "@/features/open_embedder.ts";
import type { StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";
import { embedderOptions } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { textTable } from "@/tables.ts";

/** What the command works with. */
export interface BackboneCommand {
  /** What follows the command: a name, `--from FILE`, and overrides of the configuration. */
  readonly args: readonly string[];
  /** Receives results. */
  readonly print: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /** File with the list of backbones; default: the project's. */
  readonly list?: string;
  /** Folder for weights; default: the project's. */
  readonly folder?: string;
  /** Folder for graphs; default: the project's. */
  readonly cacheFolder?: string;
}

/**
 * Lists all backbones, or makes one ready: its weights are fetched and verified unless they are
 * there, and its graph is built for the configured layers, widths and image size.
 */
export async function backboneCommand(command: BackboneCommand): Promise<void> {
  const { print, startProgress, folder = weightsFolder } = command;
  const { name, from, overrides } = parse(command.args);
  const entries = await readBackbones(command.list);
  if (name === null) {
    print(await listBackbones([...entries.values()], folder));
    print(
      "\ndeno task backbone NAME               downloads, verifies and converts one\n" +
        "deno task backbone NAME --from FILE   the same with a copy of the file that is here already",
    );
    return;
  }
  const entry = findBackboneEntry(entries, name);
  const config = await loadConfig(null, [`MODEL.backbone=${JSON.stringify(name)}`, ...overrides]);
  let file = config.MODEL.backbone_file;
  if (entry.addresses.length > 0 && file === null) {
    print(`${entry.source}. Licence of the weights: ${entry.licence ?? "not known"}`);
    const { path, fetched } = await fetchWeights(entry, { from, folder, startProgress });
    file = path;
    const how = from !== null
      ? `copied from ${from}`
      : fetched === 0
      ? "here already"
      : `${(fetched / 1e6).toFixed(1)} MB downloaded`;
    print(`weights  ${path} (${how}, SHA-256 verified)`);
  } else if (from !== null) {
    throw new RangeError(
      `Cannot take over "${from}": backbone "${name}" has no published file; ` +
        `MODEL.backbone_file=${from} uses it as your own`,
    );
  }
  const MODEL = { ...config.MODEL, backbone_file: file };
  await convert({ ...config, MODEL }, { print, cacheFolder: command.cacheFolder ?? graphFolder });
}

async function convert(
  config: ExperimentConfig,
  { print, cacheFolder }: { print: (line: string) => void; cacheFolder: string },
): Promise<void> {
  const begin = performance.now();
  const embedder = await openEmbedder({ ...embedderOptions(config), cacheFolder });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const { files, dimension, semanticDimension } = embedder;
  await embedder.close();
  const { MODEL, DATASET } = config;
  for (const file of files) {
    const { size } = await Deno.stat(file);
    print(`graph    ${file} (${(size / 1e6).toFixed(1)} MB, ready in ${seconds} s)`);
  }
  print(
    `         patch embeddings from ${MODEL.layers.join(", ")}: ${dimension} values; semantic ` +
      `vectors from ${MODEL.semantic_layer}: ${semanticDimension}; images of ` +
      `${DATASET.imagesize} × ${DATASET.imagesize} pixels`,
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: { from: { type: "string" } },
  });
  const unknown = Object.keys(values).find((key) => key !== "from");
  if (unknown !== undefined || values.from === true || values.from === "") {
    throw new RangeError(
      `Cannot run "backbone": arguments must be NAME, --from FILE and KEY=value, got ` +
        (unknown === undefined ? "--from without a file" : `"--${unknown}"`),
    );
  }
  const overrides = positionals.filter((each) => each.includes("="));
  const names = positionals.filter((each) => !each.includes("="));
  if (names.length > 1 || (names.length === 0 && args.length > 0)) {
    throw new RangeError(
      `Cannot run "backbone": one name must be given, got ` +
        (names.map((each) => `"${each}"`).join(", ") || "none"),
    );
  }
  return { name: names[0] ?? null, from: (values.from as string | undefined) ?? null, overrides };
}

async function listBackbones(
  entries: readonly BackboneEntry[],
  folder: string,
): Promise<string> {
  const rows = await Promise.all(
    entries.map(async (entry) => ({ entry, state: await stateOf(entry, folder) })),
  );
  return textTable(rows, [
    { title: "name", cell: ({ entry }) => entry.name, align: "left" },
    { title: "state", cell: ({ state }) => state, align: "left" },
    {
      title: "layers",
      cell: ({ entry: { defaults: { layers, semantic_layer } } }) =>
        layers === null ? "–" : `${layers.join(", ")}; ${semantic_layer ?? "–"}`,
      align: "left",
    },
    { title: "licence", cell: ({ entry }) => entry.licence ?? "–", align: "left" },
    { title: "source", cell: ({ entry }) => entry.source, align: "left" },
  ]);
}

async function stateOf(entry: BackboneEntry, folder: string): Promise<string> {
  const path = backboneFile(entry, { folder });
  if (entry.format === "embedded") return "ready";
  if (path === null) return "MODEL.backbone_file";
  return await statIfExists(path) === null ? "not here" : "ready";
}
