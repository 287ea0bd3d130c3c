// Brings the list of a center up to date.

import {
  centerRests,
  centers,
  CHUNK,
  classEnds,
  features,
  GUEST_BYTES,
  guests,
  GUESTS,
  heads,
  lists,
  metCenters,
  metHeads,
  nearest,
  next,
  NONE,
  rests,
  seen,
  sifted,
  spend,
  steps,
  stride,
  values,
} from "./kernel_memory";
import { classOf, meetChosen } from "./meet_chosen";
import { squaredDistanceWithin } from "./row_distance";
import { addRow, keep, setMaxima, startList } from "./row_lists";
import { addRest, fourDistances, headDistance, REST } from "./row_sketch";
import { boundOf } from "./sketch_rows";

let touched: u32 = 0; // of no meaning

/** Compares the rows of a center with the rows chosen since it was last refreshed. */
export function refresh(center: u32): void {
  const at = <usize>center << 2;
  const count = meetChosen(center);
  store<u32>(seen + at, steps);
  if (count === 0) return;
  let row = load<u32>(lists + at);
  startList(center);
  while (row !== NONE) {
    let end = guests;
    for (const full = guests + GUESTS * GUEST_BYTES; row !== NONE && end < full; end += GUEST_BYTES) {
      openGuest(end, row, center);
      row = load<u32>(next + (<usize>row << 2));
    }
    // As many as the first cache holds: some rows meet some chosen rows.
    let more = true;
    for (let first: u32 = 0; more; first += CHUNK) {
      more = false;
      for (let guest = guests; guest < end; guest += GUEST_BYTES) {
        if (first >= load<u32>(guest, 16)) continue;
        compareGuest(guest, first);
        more = true;
      }
    }
    for (let guest = guests; guest < end; guest += GUEST_BYTES) closeGuest(guest, center);
  }
  setMaxima(center);
}

/** Begins to compare a row: {row, nearest center, squared distance, bound, number to compare with, -, distance to its own center}. */
function openGuest(guest: usize, row: u32, center: u32): void {
  const near = load<f32>(nearest + (<usize>row << 2));
  const length = Math.sqrt(<f64>near);
  store<u32>(guest, row);
  store<u32>(guest, center, 4);
  store<f32>(guest, near, 8);
  store<f64>(guest, length, 24);
  setBounds(guest, length);
  if (near === 0) store<u32>(guest, 0, 16);
  // Fetches the sketches of all guests at the same time, before they are needed one after the other.
  const rest = rests + <usize>row * REST;
  touched += load<u32>(heads + (<usize>row << 6)) + load<u32>(rest) + load<u32>(rest, 64) + load<u32>(rest, 128);
  spend(120 + <f64>load<u32>(guest, 16) * 1.6);
}

/** Sets how far sketches may be apart, and how many of those met may be near enough. */
function setBounds(guest: usize, length: f64): void {
  store<i32>(guest, boundOf(length), 12);
  const last = classOf(boundOf(load<f64>(guest, 24) + length));
  store<u32>(guest, load<u32>(classEnds + (<usize>last << 2)), 16);
}

/** Compares a row with one chunk of those met. */
function compareGuest(guest: usize, first: u32): void {
  const place = <usize>load<u32>(guest);
  let sketch = heads + (place << 6);
  const h0 = v128.load(sketch), h1 = v128.load(sketch, 16), h2 = v128.load(sketch, 32), h3 = v128.load(sketch, 48);
  const end = min(load<u32>(guest, 16), first + CHUNK);
  const most = i32x4.splat(load<i32>(guest, 12));
  let found = sifted;
  sketch = metHeads + (<usize>first << 6);
  for (let i = first; i < end; i += 4) {
    const near = i32x4.bitmask(i32x4.le_s(fourDistances(sketch, h0, h1, h2, h3), most));
    store<u32>(found, i);
    store<u32>(found, near, 4);
    found += <usize>(near !== 0) << 3;
    sketch += 256;
  }
  if (found > sifted && load<u32>(found - 8) === (end & ~3)) {
    // Of the last four, those that lie behind the end do not count.
    const near = load<u32>(found - 4) & ((1 << (end & 3)) - 1);
    if (near === 0) found -= 8;
    else store<u32>(found - 4, near);
  }
  if (found === sifted) return;
  const rest = rests + place * REST;
  for (let from = sifted; from < found;) {
    const left = load<u32>(from, 4), i = load<u32>(from) + ctz(left);
    if ((left & (left - 1)) === 0) from += 8;
    else store<u32>(from, left & (left - 1), 4);
    const other = <usize>load<u32>(metCenters + (<usize>i << 2));
    spend(8);
    const bound = load<i32>(guest, 12);
    const head = headDistance(metHeads + (<usize>i << 6), h0, h1, h2, h3);
    if (addRest(head, centerRests + other * REST, rest, bound, REST) > bound) continue;
    spend(60);
    const held = load<f32>(guest, 8);
    const near = squaredDistanceWithin(features + place * stride, centers + other * stride, stride, held);
    if (!(near < held)) continue;
    store<u32>(guest, <u32>other, 4);
    store<f32>(guest, near, 8);
    setBounds(guest, Math.sqrt(<f64>near));
  }
}

/** Puts a row that has been compared on the list of the nearest center. */
function closeGuest(guest: usize, center: u32): void {
  const row = load<u32>(guest), owner = load<u32>(guest, 4);
  if (owner === center) {
    keep(center, row);
    return;
  }
  const at = <usize>row << 2, near = load<f32>(guest, 8);
  store<f32>(nearest + at, near);
  store<f32>(values + at, min<f32>(near, load<f32>(values + at)));
  addRow(owner, row);
}
