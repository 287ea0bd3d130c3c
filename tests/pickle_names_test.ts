import assert from "node:assert/strict";
import { dataName } from "@/pickle_names.ts";

Deno.test("dataName() gives every spelling of a name as one", () => {
  const names: [string, string, string][] = [
    ["numpy.core.multiarray", "_reconstruct", "numpy.core.multiarray._reconstruct"],
    ["numpy._core.multiarray", "_reconstruct", "numpy.core.multiarray._reconstruct"],
    ["numpy._core.numeric", "_frombuffer", "numpy.core.numeric._frombuffer"],
    ["numpy", "dtype", "numpy.dtype"],
    ["copy_reg", "_reconstructor", "copyreg._reconstructor"],
    ["copyreg", "_reconstructor", "copyreg._reconstructor"],
    ["__builtin__", "object", "builtins.object"],
    ["pathlib", "PosixPath", "pathlib.PosixPath"],
    ["pathlib._local", "PureWindowsPath", "pathlib.PureWindowsPath"],
    ["torch", "BoolStorage", "torch.BoolStorage"],
    ["torchvision.tv_tensors._mask", "Mask", "torchvision.tv_tensors._mask.Mask"],
    [
      "anomalib.data.dataclasses.torch.image",
      "ImageBatch",
      "anomalib.data.dataclasses.torch.image.ImageBatch",
    ],
    [
      "anomalib.data.dataclasses.numpy.image",
      "NumpyImageItem",
      "anomalib.data.dataclasses.numpy.image.NumpyImageItem",
    ],
  ];
  for (const [module, name, full] of names) assert.equal(dataName(module, name), full);
});

Deno.test("dataName() knows nothing that could do something", () => {
  const names: [string, string][] = [
    ["os", "system"],
    ["posix", "system"],
    ["nt", "system"],
    ["subprocess", "Popen"],
    ["builtins", "eval"],
    ["builtins", "getattr"],
    ["__builtin__", "exec"],
    ["builtins", "object.__subclasses__"],
    ["importlib", "import_module"],
    ["numpy", "load"],
    ["numpy.core.multiarray", "fromfile"],
    ["numpyX_core.multiarray", "scalar"],
    ["torch", "load"],
    ["torch._utils", "_rebuild_parameter"],
    ["torch.serialization", "load"],
    ["pathlib", "os"],
    ["anomalib.data.dataclasses.torch.image", "os"],
    ["", ""],
    ["toString", ""],
  ];
  for (const [module, name] of names) {
    assert.equal(dataName(module, name), null, `${module}.${name}`);
  }
});
