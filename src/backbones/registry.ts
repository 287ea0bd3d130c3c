/**
 * The backbones that a configuration can name: `openBackbone` opens one, `readBackbones` lists
 * them.
 *
 * The list is `configs/backbones.yaml`; `backboneFile` says where the weights lie. A backbone
 * starts a graph and hands out feature maps; what happens to them afterwards is the same for
 * all.
 *
 * @module
 */
import { isAbsolute, join, resolve } from "node:path";
import type { Backbone } from "@/backbones/backbone.ts";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import {
  type BackboneDefaults,
  type BackboneEntries,
  type BackboneEntry,
  type BackboneFormat,
  findBackboneEntry,
  readBackboneEntries,
} from "@/backbones/entries.ts";
import { openOnnxBackbone } from "@/backbones/onnx_backbone.ts";
import { openResnet } from "@/backbones/resnet.ts";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { parseYaml } from "@/files/yaml.ts";
import type { Normalization } from "@/images/read.ts";

/** What the user brings instead of what the list says. */
export interface BackboneChoice {
  /** A file of weights; default: the one that the list names. */
  readonly file?: string | null;
  /** Parts of the input range; default: the list's. */
  readonly normalization?: Partial<Normalization>;
  /** Folder in which the list's files lie; default: the project's. */
  readonly folder?: string;
}

/** A backbone with the settings that it brings along. */
export interface OpenedBackbone {
  /** The network. */
  readonly backbone: Backbone;
  /** Layers and widths unless the configuration says otherwise. */
  readonly defaults: BackboneDefaults;
}

/** What an opener is given. */
interface Opening {
  readonly name: string;
  readonly path: string;
  readonly normalization: Normalization;
}

/** How the files of each format are opened. */
const openers: Readonly<
  Record<Exclude<BackboneFormat, "embedded">, (opening: Opening) => Promise<Backbone>>
> = { resnet: openResnet, onnx: openOnnxBackbone };

/**
 * Opens a backbone by name.
 *
 * @param name Name in `configs/backbones.yaml`.
 * @param choice The user's own file and input range.
 * @returns The backbone and its defaults; nothing stays open.
 * @throws {RangeError} If there is none of that name, it has no file, or its input range is not
 *   known.
 * @throws {SyntaxError} If the file is not in its format.
 * @throws {Error} If the file is not there.
 *
 * @example The backbone that needs no download
 * ```ts
 * import assert from "node:assert/strict";
 * import { openBackbone } from "@/backbones/mod.ts";
 *
 * const { backbone, defaults } = await openBackbone("embedded");
 * assert.deepEqual(backbone.layers, ["stride8", "stride16", "stride32"]);
 * assert.equal(defaults.semantic_layer, "stride32");
 * ```
 */
export async function openBackbone(
  name: string,
  choice: BackboneChoice = {},
): Promise<OpenedBackbone> {
  const entry = findBackboneEntry(await readBackbones(), name);
  const { defaults } = entry;
  if (entry.format === "embedded") {
    if (choice.file) {
      throw new RangeError(
        `Cannot open backbone "${name}": it comes with the packages and takes no file, ` +
          `got "${choice.file}"`,
      );
    }
    const normalization = { ...embeddedBackbone.normalization, ...choice.normalization };
    return { backbone: { ...embeddedBackbone, normalization }, defaults };
  }
  const path = await findFile(entry, choice);
  const normalization = normalizationOf(entry, choice);
  return { backbone: await openers[entry.format]({ name, path, normalization }), defaults };
}

async function findFile(entry: BackboneEntry, choice: BackboneChoice): Promise<string> {
  const { name, addresses } = entry;
  const { file = null, folder } = choice;
  const path = backboneFile(entry, { file, ...(folder !== undefined && { folder }) });
  if (path === null) {
    throw new RangeError(
      `Cannot open backbone "${name}": MODEL.backbone_file must name your own file, got none`,
    );
  }
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const hint = file === null && addresses.length > 0
      ? `; "deno task backbone ${name}" downloads it`
      : "";
    throw new Error(`Cannot open backbone "${name}": "${path}" must exist${hint}`, {
      cause: error,
    });
  }
  return path;
}

function normalizationOf(entry: BackboneEntry, choice: BackboneChoice): Normalization {
  const { scale, mean, std } = { ...entry.normalization, ...choice.normalization };
  if (scale === undefined || mean === undefined || std === undefined) {
    throw new RangeError(
      `Cannot open backbone "${entry.name}": MODEL.input_scale, MODEL.input_mean and ` +
        `MODEL.input_std must say what it expects of pixels from 0 to 255, got ` +
        (scale ?? mean ?? std ? "only a part" : "none"),
    );
  }
  return { scale, mean, std };
}

/**
 * Reads the list of backbones.
 *
 * @param path YAML file; default: the project's own list.
 * @returns Every entry by its name.
 * @throws {SyntaxError} If the file is not YAML.
 * @throws {RangeError} If an entry is not as it must be.
 *
 * @example The backbone that needs no download
 * ```ts
 * import assert from "node:assert/strict";
 * import { readBackbones } from "@/backbones/mod.ts";
 *
 * const { embedded } = Object.fromEntries(await readBackbones());
 * assert.deepEqual(embedded!.defaults.layers, ["stride8", "stride16"]);
 * ```
 */
export async function readBackbones(
  path: string = join(repositoryRoot, "configs/backbones.yaml"),
): Promise<BackboneEntries> {
  return readBackboneEntries(await parseYaml(await Deno.readTextFile(path), path), path);
}

/** Where the project keeps downloaded weights, unless told otherwise. */
export const weightsFolder: string = dataFolder("weights");

/** Says where the file of a backbone lies, or should; `null` where the list names none. */
export function backboneFile(
  entry: BackboneEntry,
  options: { readonly file?: string | null; readonly folder?: string } = {},
): string | null {
  const { file = null, folder = weightsFolder } = options;
  if (file !== null) return resolve(file);
  if (entry.file === null) return null;
  return isAbsolute(entry.file) ? entry.file : join(folder, entry.file);
}
