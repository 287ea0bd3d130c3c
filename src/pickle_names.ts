/**
 * The names that a pickle may mention.
 *
 * Each stands for data: arrays, numbers, paths, dictionaries, tensors, and the records in which
 * anomalib keeps predictions. Some have several spellings, depending on the versions of Python and
 * NumPy that wrote the file.
 *
 * @module
 */

/** Modules that are the same under another name. */
const sameModule: readonly (readonly [RegExp, string])[] = [
  [/^numpy\._core\b/, "numpy.core"],
  [/^__builtin__$/, "builtins"],
  [/^copy_reg$/, "copyreg"],
  [/^pathlib\._local$/, "pathlib"],
];

const allowed: ReadonlySet<string> = new Set([
  "numpy.core.multiarray._reconstruct",
  "numpy.core.multiarray.scalar",
  "numpy.core.numeric._frombuffer",
  "numpy.ndarray",
  "numpy.dtype",
  "_codecs.encode",
  "collections.OrderedDict",
  "copyreg._reconstructor",
  "builtins.object",
  ...["", "Pure"].flatMap((pure) =>
    ["Path", "PosixPath", "WindowsPath"].map((name) => `pathlib.${pure}${name}`)
  ),
  "torch._utils._rebuild_tensor_v2",
  "torch._tensor._rebuild_from_type_v2",
  "torch.Tensor",
  "torch.Size",
  ...["Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"]
    .map((type) => `torch.${type}Storage`),
  ...["_image.Image", "_mask.Mask"].map((name) => `torchvision.tv_tensors.${name}`),
  ...["torch.image.Image", "numpy.image.NumpyImage", "torch.depth.Depth"].flatMap((name) =>
    ["Item", "Batch"].map((part) => `anomalib.data.dataclasses.${name}${part}`)
  ),
]);

/**
 * Looks up a name that a pickle asks for.
 *
 * @param module The module.
 * @param name The class or function in it.
 * @returns Module and name with a dot between, in one spelling; `null` if it does not stand for data.
 *
 * @example NumPy's new module, and a way to run programs
 * ```ts
 * import assert from "node:assert/strict";
 * import { dataName } from "@/pickle_names.ts";
 *
 * assert.equal(dataName("numpy._core.multiarray", "scalar"), "numpy.core.multiarray.scalar");
 * assert.equal(dataName("os", "system"), null);
 * ```
 */
export function dataName(module: string, name: string): string | null {
  const spelling = sameModule.find(([pattern]) => pattern.test(module));
  const usual = spelling === undefined ? module : module.replace(...spelling);
  const full = `${usual}.${name}`;
  return allowed.has(full) ? full : null;
}
