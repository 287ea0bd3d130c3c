import assert from "node:assert/strict";
import { parseNpy } from "@/audit/maps.ts";

/**
 * What numpy.lib.format.write_array of NumPy 2.4.6 writes of [[0.5, -1, 2], [3, 4, 5]] in these types,
 * of the absolute values in types without a sign; base64.
 */
const byType = {
  "<f4": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAA
    AEBAAACAQAAAoEA=
  `,
  "<f8": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADgPwAAAAAA
    APC/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBAAAAAAAAAFEA=
  `,
  "<f2": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAOAC8AEAAQgBEAEU=
  `,
  ">f4": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/AAAAv4AAAEAAAABA
    QAAAQIAAAECgAAA=
  `,
  "<i4": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA/////wIAAAAD
    AAAABAAAAAUAAAA=
  `,
  "<i2": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAP//AgADAAQABQA=
  `,
  "|i1": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoA/wIDBAU=
  `,
  "<i8": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAP//////
    ////AgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAA=
  `,
  "|u1": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAU=
  `,
  "<u2": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAEAAgADAAQABQA=
  `,
  "<u4": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPHU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAQAAAAIAAAAD
    AAAABAAAAAUAAAA=
  `,
  "<u8": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPHU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAA
    AAAAAgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAA=
  `,
  "|b1": `
    k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAQEBAQE=
  `,
};

/** The same in "<f4": column by column, with an axis more, in later versions; and what is no map. */
const others = {
  columns: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gIC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AABAQAAAgL8A
    AIBAAAAAQAAAoEA=
  `,
  channelFirst: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIsIDMpLC
    B9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAA
    AEBAAACAQAAAoEA=
  `,
  channelLast: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDEpLC
    B9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAA
    AEBAAACAQAAAoEA=
  `,
  version2: `
    k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH
    0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAA
    AEBAAACAQAAAoEA=
  `,
  version3: `
    k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH
    0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAA
    AEBAAACAQAAAoEA=
  `,
  vector: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgIC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEA=
  `,
  objects: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwgMSksIH0gIC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWMAAAAAAAAAIwW
    bnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlF
    KUKEsBSwFLAYaUaAOMBWR0eXBllJOUjAJPOJSJiIeUUpQoSwOMAXyUTk5OSv////9K/////0s/dJRiiV2UTmF0lGIu
  `,
  text: `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPFUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDEpLCB9IC
    AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAA
  `,
  structured: `
    k05VTVBZAQB2AHsnZGVzY3InOiBbKCd4JywgJzxmNCcpXSwgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKD
    EsIDEpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA
  `,
};

const source = "1.npy";
const bytesOf = (base64: string): Uint8Array => Uint8Array.fromBase64(base64);
const read = (bytes: Uint8Array) => parseNpy(bytes, { source });

function assertRefused(bytes: Uint8Array, fault: string): void {
  assert.throws(() => read(bytes), {
    name: "SyntaxError",
    message: `Cannot read "1.npy": ${fault}`,
  });
}

/** A file of version 1 with that header, and some bytes of values. */
function fileOf(header: string, values = 4): Uint8Array {
  const text = new TextEncoder().encode(header);
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0];
  return Uint8Array.of(...magic, text.length & 255, text.length >> 8, ...text, ...Array(values));
}

Deno.test("parseNpy() reads what NumPy wrote, in every type", () => {
  for (const [dtype, base64] of Object.entries(byType)) {
    const { rows, columns, data } = read(bytesOf(base64));
    const kept = /[iub]/.test(dtype) ? [0, 1, 2, 3, 4, 5] : [0.5, 1, 2, 3, 4, 5];
    const expected = dtype === "|b1" ? Array(6).fill(1) : kept;
    const sign = /[fi]/.test(dtype) ? -1 : 1;
    assert.deepEqual([rows, columns], [2, 3], dtype);
    assert.deepEqual([...data], expected.with(1, sign * expected[1]!), dtype);
  }
});

Deno.test("parseNpy() reads arrays stored by columns, with an axis more, and later versions", () => {
  for (const name of ["columns", "channelFirst", "channelLast", "version2", "version3"] as const) {
    const { rows, columns, data } = read(bytesOf(others[name]));
    assert.deepEqual([rows, columns, ...data], [2, 3, 0.5, -1, 2, 3, 4, 5], name);
  }
});

Deno.test("parseNpy() reads from the middle of a buffer", () => {
  const bytes = bytesOf(byType["<f4"]);
  const shifted = Uint8Array.of(1, 2, 3, ...bytes).subarray(3);
  assert.deepEqual([...read(shifted).data], [0.5, -1, 2, 3, 4, 5]);
});

Deno.test("parseNpy() refuses arrays of objects, text and structures", () => {
  const must = "its values must be numbers or booleans, got type";
  assertRefused(
    bytesOf(others.objects),
    `${must} "|O", an array of objects, which is a pickle`,
  );
  assertRefused(bytesOf(others.text), `${must} "<U1"`);
  assertRefused(
    bytesOf(others.structured),
    "its header must name a simple type, the order and the shape, got " +
      "\"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), }\"",
  );
});

Deno.test("parseNpy() refuses arrays of one axis, and values that are not finite", () => {
  assert.throws(() => read(bytesOf(others.vector)), {
    name: "TypeError",
    message: 'Cannot use "1.npy" as an anomaly map: it must be height × width, got shape [3]',
  });
  const bytes = bytesOf(byType["<f4"]);
  bytes.set([0, 0, 0xc0, 0x7f], bytes.length - 8);
  assert.throws(() => read(bytes), {
    name: "RangeError",
    message: 'Cannot use "1.npy" as an anomaly map: every value must be a finite 32-bit float, ' +
      "got NaN in row 1, column 1",
  });
});

Deno.test("parseNpy() refuses a file that was cut off, wherever, and one with more in it", () => {
  const bytes = bytesOf(byType["<f4"]);
  assert.equal(bytes.length, 128 + 24);
  for (let length = 0; length < bytes.length; length++) {
    const fault = length < 12
      ? 'it must begin with "\\x93NUMPY", got other bytes'
      : length < 128
      ? `its header must end within the file's ${length} bytes, got 118 bytes of header; is the ` +
        "file complete?"
      : 'it must have 24 bytes of values for shape [2, 3] and type "<f4", ' +
        `got ${length - 128}; is the file complete?`;
    assertRefused(bytes.subarray(0, length), fault);
  }
  assertRefused(
    Uint8Array.of(...bytes, 0),
    'it must have 24 bytes of values for shape [2, 3] and type "<f4", got 25; ' +
      "is the file complete?",
  );
});

Deno.test("parseNpy() refuses other formats and versions", () => {
  assertRefused(new Uint8Array(20), 'it must begin with "\\x93NUMPY", got other bytes');
  const bytes = bytesOf(byType["<f4"]);
  assertRefused(bytes.with(6, 0), "it must be of version 1, 2 or 3, got 0");
  assertRefused(bytes.with(6, 4), "it must be of version 1, 2 or 3, got 4");
});

Deno.test("parseNpy() reads headers however they are spaced, and those of Python 2", () => {
  const header = "{'shape':(1L,1L),'fortran_order':True,   'descr':'<f4'}";
  assert.deepEqual([...read(fileOf(header)).data], [0]);
});

Deno.test("parseNpy() refuses headers that lack something or ask for too much", () => {
  const must = "its header must name a simple type, the order and the shape, got";
  assertRefused(fileOf("{'descr': '<f4'}"), `${must} "{'descr': '<f4'}"`);
  assertRefused(fileOf("{}".padEnd(300)), `${must} "{}"`);
  assertRefused(
    fileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999)}"),
    "it must have 39999999200000000 bytes of values for shape [99999999, 99999999] and type " +
      '"<f4", got 4; is the file complete?',
  );
});
