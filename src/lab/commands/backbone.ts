/**
 * The command `deno task backbone`: lists backbones, fetches weights, converts them.
 *
 * @module
 */
import { type BackboneEntry, findBackboneEntry } from "@/backbones/entries.ts";
import { backboneFile, readBackbones, weightsFolder } from "@/backbones/registry.ts";
import { fetchWeights } from "@/backbones/weights.ts";
import type { ExperimentConfig } from "@/config.ts";
import { graphFolder, openEmbedder } from "@/features/open_embedder.ts";
import { statIfExists } from "@/files/read.ts";
import type { Output } from "@/lab/commands/output.ts";
import { embedderOptions } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { textTable } from "@/tables.ts";

/** What the command works with. */
export interface BackboneCommand {
  /** The backbone; `null`: all are listed. */
  readonly name: string | null;
  /** A copy of its file that is here already; default: it is downloaded. */
  readonly from?: string | null;
  /** Overrides of the configuration, each `KEY=value`. */
  readonly overrides?: readonly string[];
  /** Where results go. */
  readonly output: Output;
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
  const { name, from = null, overrides = [], output, folder = weightsFolder } = command;
  const entries = await readBackbones(command.list);
  if (name === null) {
    if (from !== null || overrides.length > 0) {
      const [got] = from === null ? overrides : [`--from ${from}`];
      throw new RangeError(`Cannot run "backbone": a name must be given, got "${got}" alone`);
    }
    const listed = await listBackbones([...entries.values()], folder);
    output.document(listed);
    output.text(backboneTable(listed));
    output.text(
      "\ndeno task backbone NAME               downloads, verifies and converts one\n" +
        "deno task backbone NAME --from FILE   the same with a copy of the file that is here already",
    );
    return;
  }
  const entry = findBackboneEntry(entries, name);
  const config = await loadConfig(null, [`MODEL.backbone=${JSON.stringify(name)}`, ...overrides]);
  let file = config.MODEL.backbone_file;
  if (entry.addresses.length > 0 && file === null) {
    output.notice(`${entry.source}. Licence of the weights: ${entry.licence ?? "not known"}`);
    const { path, fetched } = await fetchWeights(entry, {
      from,
      folder,
      startProgress: output.startProgress,
    });
    file = path;
    const how = from !== null
      ? `copied from ${from}`
      : fetched === 0
      ? "here already"
      : `${(fetched / 1e6).toFixed(1)} MB downloaded`;
    output.text(`weights  ${path} (${how}, SHA-256 verified)`);
  } else if (from !== null) {
    throw new RangeError(
      `Cannot take over "${from}": backbone "${name}" has no published file; ` +
        `MODEL.backbone_file=${from} uses it as your own`,
    );
  }
  const MODEL = { ...config.MODEL, backbone_file: file };
  await convert({ ...config, MODEL }, { output, cacheFolder: command.cacheFolder ?? graphFolder });
}

async function convert(
  config: ExperimentConfig,
  { output, cacheFolder }: { output: Output; cacheFolder: string },
): Promise<void> {
  const begin = performance.now();
  const embedder = await openEmbedder({ ...embedderOptions(config), cacheFolder });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const { files, dimension, semanticDimension } = embedder;
  await embedder.close();
  const { MODEL, DATASET } = config;
  for (const file of files) {
    const { size } = await Deno.stat(file);
    output.text(`graph    ${file} (${(size / 1e6).toFixed(1)} MB, ready in ${seconds} s)`);
  }
  output.document({
    backbone: MODEL.backbone,
    weights: MODEL.backbone_file,
    graphs: files,
    layers: MODEL.layers,
    dimension,
    semantic_layer: MODEL.semantic_layer,
    semantic_dimension: semanticDimension,
    imagesize: DATASET.imagesize,
  });
  output.text(
    `         patch embeddings from ${MODEL.layers.join(", ")}: ${dimension} values; semantic ` +
      `vectors from ${MODEL.semantic_layer}: ${semanticDimension}; images of ` +
      `${DATASET.imagesize} × ${DATASET.imagesize} pixels`,
  );
}

/** A backbone that a configuration can name. */
interface ListedBackbone {
  readonly name: string;
  readonly state: string;
  readonly layers: readonly string[] | null;
  readonly semantic_layer: string | null;
  readonly licence: string | null;
  readonly source: string;
}

async function listBackbones(
  entries: readonly BackboneEntry[],
  folder: string,
): Promise<ListedBackbone[]> {
  return await Promise.all(entries.map(async (entry): Promise<ListedBackbone> => ({
    name: entry.name,
    state: await stateOf(entry, folder),
    layers: entry.defaults.layers,
    semantic_layer: entry.defaults.semantic_layer,
    licence: entry.licence,
    source: entry.source,
  })));
}

function backboneTable(backbones: readonly ListedBackbone[]): string {
  return textTable(backbones, [
    { title: "name", cell: ({ name }) => name, align: "left" },
    { title: "state", cell: ({ state }) => state, align: "left" },
    {
      title: "layers",
      cell: ({ layers, semantic_layer: semantic }) =>
        layers === null ? "–" : `${layers.join(", ")}; ${semantic ?? "–"}`,
      align: "left",
    },
    { title: "licence", cell: ({ licence }) => licence ?? "–", align: "left" },
    { title: "source", cell: ({ source }) => source, align: "left" },
  ]);
}

async function stateOf(entry: BackboneEntry, folder: string): Promise<string> {
  const path = backboneFile(entry, { folder });
  if (entry.format === "embedded") return "ready";
  if (path === null) return "MODEL.backbone_file";
  return await statIfExists(path) === null ? "not here" : "ready";
}
