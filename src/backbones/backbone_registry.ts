/**
 * The list of backbones in `configs/backbones.yaml`, and where their files lie.
 *
 * @module
 */
import { isAbsolute, join, resolve } from "node:path";
import {
  type BackboneEntries,
  type BackboneEntry,
  readBackboneEntries,
} from "@/backbones/entries.ts";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { parseYaml } from "@/files/yaml.ts";

/**
 * Reads the list of backbones.
 *
 * @param path YAML file; default: the project's own list.
 * @returns Every entry by its name.
 * @throws {RangeError} If an entry is not as it must be.
 *
 * @example The backbone that needs no download
 * ```ts
 * import assert from "node:assert/strict";
 * import { readBackbones } from "@/backbones/backbone_registry.ts";
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

/** Where the project keeps downloaded weights. */
export const weightsFolder: string = dataFolder("weights");

/**
 * Says where the file of a backbone lies, or should.
 *
 * @param entry The backbone.
 * @param options The user's own file; and the folder for weights, default: the project's.
 * @returns The path; `null` for a backbone without a file.
 *
 * @example One's own file comes first
 * ```ts
 * import assert from "node:assert/strict";
 * import { backboneFile, readBackbones } from "@/backbones/backbone_registry.ts";
 * import { findBackboneEntry } from "@/backbones/entries.ts";
 *
 * const entry = findBackboneEntry(await readBackbones(), "resnet18");
 * assert.match(backboneFile(entry)!, /resnet18\.tv_in1k\.safetensors$/);
 * assert.match(backboneFile(entry, { file: "mine.safetensors" })!, /mine\.safetensors$/);
 * ```
 */
export function backboneFile(
  entry: BackboneEntry,
  options: { readonly file?: string | null; readonly folder?: string } = {},
): string | null {
  const { file = null, folder = weightsFolder } = options;
  if (file !== null) return resolve(file);
  if (entry.file === null) return null;
  return isAbsolute(entry.file) ? entry.file : join(folder, entry.file);
}
