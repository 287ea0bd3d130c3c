/**
 * What Python saved, for tests of reading it.
 *
 * Made with Python 3.11.7 by `python tests/fixtures/saved/make_saved.py numpy1` with NumPy 1.26.4 and
 * `… numpy2` with NumPy 2.4.6, where the script says what the values are.
 */
import { join } from "node:path";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { makeFolder } from "./helpers_folder.ts";

/** A dictionary as ADEval takes it: two images with maps, scores and a mask; base64. */
export const adevalPickles = {
  numpy1Protocol2: `
    gAJ9cQAoWBQAAABib2x0L3Rlc3QvZ29vZC8xLnBuZ3EBY251bXB5LmNvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQ
    JjbnVtcHkKbmRhcnJheQpxA0sAhXEEY19jb2RlY3MKZW5jb2RlCnEFWAEAAABicQZYBgAAAGxhdGluMXEHhnEIUnEJh3EK
    UnELKEsBSwJLA4ZxDGNudW1weQpkdHlwZQpxDVgCAAAAZjRxDomIh3EPUnEQKEsDWAEAAAA8cRFOTk5K/////0r/////Sw
    B0cRJiiWgFWBwAAAAAAAA/AADCgMK/AAAAQAAAQEAAAMKAQAAAwqBAcRNoB4ZxFFJxFXRxFmJHP9AAAAAAAABOh3EXWBQA
    AABib2x0L3Rlc3QvYmVudC8yLnBuZ3EYaAJoA0sAhXEZaAmHcRpScRsoSwFLAksDhnEcaBCIaAVYHAAAAAAAwoA/AADDgE
    AAAADDgAAAAEEAAMKAQAAAIEFxHWgHhnEeUnEfdHEgYmNudW1weS5jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEhaBBoBVgH
    AAAAw43DjMOMPXEiaAeGcSNScSSGcSVScSZYIQAAAGJvbHQvZ3JvdW5kX3RydXRoL2JlbnQvMl9tYXNrLnBuZ3Enh3EodS
    4=
  `,
  numpy1Protocol4: `
    gASVWAEAAAAAAAB9lCiMFGJvbHQvdGVzdC9nb29kLzEucG5nlIwVbnVtcHkuY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3
    RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAksDhpRoBYwFZHR5cGWUk5SMAmY0lImIh5RS
    lChLA4wBPJROTk5K/////0r/////SwB0lGKJQxgAAAA/AACAvwAAAEAAAEBAAACAQAAAoECUdJRiRz/QAAAAAAAAToeUjB
    Rib2x0L3Rlc3QvYmVudC8yLnBuZ5RoBGgHSwCFlGgJh5RSlChLAUsCSwOGlGgRiEMYAACAPwAAwEAAAADAAAAAQQAAgEAA
    ACBBlHSUYmgCjAZzY2FsYXKUk5RoEUMEzczMPZSGlFKUjCFib2x0L2dyb3VuZF90cnV0aC9iZW50LzJfbWFzay5wbmeUh5
    R1Lg==
  `,
  numpy1Protocol5: `
    gAWVVgEAAAAAAAB9lCiMFGJvbHQvdGVzdC9nb29kLzEucG5nlIwSbnVtcHkuY29yZS5udW1lcmljlIwLX2Zyb21idWZmZX
    KUk5QolhgAAAAAAAAAAAAAPwAAgL8AAABAAABAQAAAgEAAAKBAlIwFbnVtcHmUjAVkdHlwZZSTlIwCZjSUiYiHlFKUKEsD
    jAE8lE5OTkr/////Sv////9LAHSUYksCSwOGlIwBQ5R0lFKURz/QAAAAAAAAToeUjBRib2x0L3Rlc3QvYmVudC8yLnBuZ5
    RoBCiWGAAAAAAAAAAAAIA/AADAQAAAAMAAAABBAACAQAAAIEGUaAtLAksDhpSMAUaUdJRSlIwVbnVtcHkuY29yZS5tdWx0
    aWFycmF5lIwGc2NhbGFylJOUaAtDBM3MzD2UhpRSlIwhYm9sdC9ncm91bmRfdHJ1dGgvYmVudC8yX21hc2sucG5nlIeUdS
    4=
  `,
  numpy2Protocol0: `
    KGRwMApWYm9sdC90ZXN0L2dvb2QvMS5wbmcKcDEKKGNudW1weS5fY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApwMg
    ooY251bXB5Cm5kYXJyYXkKcDMKKEkwCnRwNApjX2NvZGVjcwplbmNvZGUKcDUKKFZiCnA2ClZsYXRpbjEKcDcKdHA4ClJw
    OQp0cDEwClJwMTEKKEkxCihJMgpJMwp0cDEyCmNudW1weQpkdHlwZQpwMTMKKFZmNApwMTQKSTAwCkkwMQp0cDE1ClJwMT
    YKKEkzClY8CnAxNwpOTk5JLTEKSS0xCkkwCnRwMTgKYkkwMApnNQooVlx1MDAwMFx1MDAwMFx1MDAwMD9cdTAwMDBcdTAw
    MDCAv1x1MDAwMFx1MDAwMFx1MDAwMEBcdTAwMDBcdTAwMDBAQFx1MDAwMFx1MDAwMIBAXHUwMDAwXHUwMDAwoEAKcDE5Cm
    c3CnRwMjAKUnAyMQp0cDIyCmJGMC4yNQpOdHAyMwpzVmJvbHQvdGVzdC9iZW50LzIucG5nCnAyNAooZzIKKGczCihJMAp0
    cDI1Cmc5CnRwMjYKUnAyNwooSTEKKEkyCkkzCnRwMjgKZzE2CkkwMQpnNQooVlx1MDAwMFx1MDAwMIA/XHUwMDAwXHUwMD
    AwwEBcdTAwMDBcdTAwMDBcdTAwMDDAXHUwMDAwXHUwMDAwXHUwMDAwQVx1MDAwMFx1MDAwMIBAXHUwMDAwXHUwMDAwIEEK
    cDI5Cmc3CnRwMzAKUnAzMQp0cDMyCmJjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYXIKcDMzCihnMTYKZzUKKFbNzM
    w9CnAzNApnNwp0cDM1ClJwMzYKdHAzNwpScDM4ClZib2x0L2dyb3VuZF90cnV0aC9iZW50LzJfbWFzay5wbmcKcDM5CnRw
    NDAKcy4=
  `,
  numpy2Protocol1: `
    fXEAKFgUAAAAYm9sdC90ZXN0L2dvb2QvMS5wbmdxAShjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQ
    IoY251bXB5Cm5kYXJyYXkKcQMoSwB0cQRjX2NvZGVjcwplbmNvZGUKcQUoWAEAAABicQZYBgAAAGxhdGluMXEHdHEIUnEJ
    dHEKUnELKEsBKEsCSwN0cQxjbnVtcHkKZHR5cGUKcQ0oWAIAAABmNHEOSTAwCkkwMQp0cQ9ScRAoSwNYAQAAADxxEU5OTk
    r/////Sv////9LAHRxEmJJMDAKaAUoWBwAAAAAAAA/AADCgMK/AAAAQAAAQEAAAMKAQAAAwqBAcRNoB3RxFFJxFXRxFmJH
    P9AAAAAAAABOdHEXWBQAAABib2x0L3Rlc3QvYmVudC8yLnBuZ3EYKGgCKGgDKEsAdHEZaAl0cRpScRsoSwEoSwJLA3RxHG
    gQSTAxCmgFKFgcAAAAAADCgD8AAMOAQAAAAMOAAAAAQQAAwoBAAAAgQXEdaAd0cR5ScR90cSBiY251bXB5Ll9jb3JlLm11
    bHRpYXJyYXkKc2NhbGFyCnEhKGgQaAUoWAcAAADDjcOMw4w9cSJoB3RxI1JxJHRxJVJxJlghAAAAYm9sdC9ncm91bmRfdH
    J1dGgvYmVudC8yX21hc2sucG5ncSd0cSh1Lg==
  `,
  numpy2Protocol2: `
    gAJ9cQAoWBQAAABib2x0L3Rlc3QvZ29vZC8xLnBuZ3EBY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0Cn
    ECY251bXB5Cm5kYXJyYXkKcQNLAIVxBGNfY29kZWNzCmVuY29kZQpxBVgBAAAAYnEGWAYAAABsYXRpbjFxB4ZxCFJxCYdx
    ClJxCyhLAUsCSwOGcQxjbnVtcHkKZHR5cGUKcQ1YAgAAAGY0cQ6JiIdxD1JxEChLA1gBAAAAPHERTk5OSv////9K/////0
    sAdHESYoloBVgcAAAAAAAAPwAAwoDCvwAAAEAAAEBAAADCgEAAAMKgQHETaAeGcRRScRV0cRZiRz/QAAAAAAAATodxF1gU
    AAAAYm9sdC90ZXN0L2JlbnQvMi5wbmdxGGgCaANLAIVxGWgJh3EaUnEbKEsBSwJLA4ZxHGgQiGgFWBwAAAAAAMKAPwAAw4
    BAAAAAw4AAAABBAADCgEAAACBBcR1oB4ZxHlJxH3RxIGJjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYXIKcSFoEGgF
    WAcAAADDjcOMw4w9cSJoB4ZxI1JxJIZxJVJxJlghAAAAYm9sdC9ncm91bmRfdHJ1dGgvYmVudC8yX21hc2sucG5ncSeHcS
    h1Lg==
  `,
  numpy2Protocol3: `
    gAN9cQAoWBQAAABib2x0L3Rlc3QvZ29vZC8xLnBuZ3EBY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0Cn
    ECY251bXB5Cm5kYXJyYXkKcQNLAIVxBEMBYnEFh3EGUnEHKEsBSwJLA4ZxCGNudW1weQpkdHlwZQpxCVgCAAAAZjRxComI
    h3ELUnEMKEsDWAEAAAA8cQ1OTk5K/////0r/////SwB0cQ5iiUMYAAAAPwAAgL8AAABAAABAQAAAgEAAAKBAcQ90cRBiRz
    /QAAAAAAAATodxEVgUAAAAYm9sdC90ZXN0L2JlbnQvMi5wbmdxEmgCaANLAIVxE2gFh3EUUnEVKEsBSwJLA4ZxFmgMiEMY
    AACAPwAAwEAAAADAAAAAQQAAgEAAACBBcRd0cRhiY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEZaAxDBM3MzD
    1xGoZxG1JxHFghAAAAYm9sdC9ncm91bmRfdHJ1dGgvYmVudC8yX21hc2sucG5ncR2HcR51Lg==
  `,
  numpy2Protocol4: `
    gASVWQEAAAAAAAB9lCiMFGJvbHQvdGVzdC9nb29kLzEucG5nlIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbn
    N0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwJLA4aUaAWMBWR0eXBllJOUjAJmNJSJiIeU
    UpQoSwOMATyUTk5OSv////9K/////0sAdJRiiUMYAAAAPwAAgL8AAABAAABAQAAAgEAAAKBAlHSUYkc/0AAAAAAAAE6HlI
    wUYm9sdC90ZXN0L2JlbnQvMi5wbmeUaARoB0sAhZRoCYeUUpQoSwFLAksDhpRoEYhDGAAAgD8AAMBAAAAAwAAAAEEAAIBA
    AAAgQZR0lGJoAowGc2NhbGFylJOUaBFDBM3MzD2UhpRSlIwhYm9sdC9ncm91bmRfdHJ1dGgvYmVudC8yX21hc2sucG5nlI
    eUdS4=
  `,
  numpy2Protocol5: `
    gAWVWAEAAAAAAAB9lCiMFGJvbHQvdGVzdC9nb29kLzEucG5nlIwTbnVtcHkuX2NvcmUubnVtZXJpY5SMC19mcm9tYnVmZm
    VylJOUKJYYAAAAAAAAAAAAAD8AAIC/AAAAQAAAQEAAAIBAAACgQJSMBW51bXB5lIwFZHR5cGWUk5SMAmY0lImIh5RSlChL
    A4wBPJROTk5K/////0r/////SwB0lGJLAksDhpSMAUOUdJRSlEc/0AAAAAAAAE6HlIwUYm9sdC90ZXN0L2JlbnQvMi5wbm
    eUaAQolhgAAAAAAAAAAACAPwAAwEAAAADAAAAAQQAAgEAAACBBlGgLSwJLA4aUjAFGlHSUUpSMFm51bXB5Ll9jb3JlLm11
    bHRpYXJyYXmUjAZzY2FsYXKUk5RoC0MEzczMPZSGlFKUjCFib2x0L2dyb3VuZF90cnV0aC9iZW50LzJfbWFzay5wbmeUh5
    R1Lg==
  `,
} as const;

/** Predictions of anomalib: what stands in `data.pkl`, or is a pickle of its own; base64. */
export const anomalibPickles = {
  batches: `
    gAJdcQAoY2Fub21hbGliLmRhdGEuZGF0YWNsYXNzZXMudG9yY2guaW1hZ2UKSW1hZ2VCYXRjaApxASmBcQJ9cQMoWAUAAA
    BpbWFnZXEEY3RvcmNoLl90ZW5zb3IKX3JlYnVpbGRfZnJvbV90eXBlX3YyCnEFKGN0b3JjaC5fdXRpbHMKX3JlYnVpbGRf
    dGVuc29yX3YyCnEGY3RvcmNodmlzaW9uLnR2X3RlbnNvcnMuX2ltYWdlCkltYWdlCnEHKChYBwAAAHN0b3JhZ2VxCGN0b3
    JjaApGbG9hdFN0b3JhZ2UKcQlYAQAAADBxClgDAAAAY3B1cQtLA3RxDFFLAChLAUsDSwFLAXRxDShLA0sBSwFLAXRxDolj
    Y29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQ8pUnEQdHERTnRxElJxE1gIAAAAZ3RfbGFiZWxxFGgGKChoCGN0b3JjaApCb2
    9sU3RvcmFnZQpxFVgBAAAAMXEWaAtLAnRxF1FLAEsChXEYSwGFcRmJaA8pUnEadHEbUnEcWAcAAABndF9tYXNrcR1oBSho
    BmN0b3JjaHZpc2lvbi50dl90ZW5zb3JzLl9tYXNrCk1hc2sKcR4oKGgIaBVYAQAAADJxH2gLSwx0cSBRSwBLAksCSwOHcS
    FLBksDSwGHcSKJaA8pUnEjdHEkTnRxJVJxJlgJAAAAbWFza19wYXRocSddcSgoWAAAAABxKVgLAAAAbWFza3MvMS5wbmdx
    KmVYCwAAAGFub21hbHlfbWFwcStoBShoBmgeKChoCGgJWAEAAAAzcSxoC0sMdHEtUUsASwJLAksDh3EuSwZLA0sBh3EviW
    gPKVJxMHRxMU50cTJScTNYCgAAAHByZWRfc2NvcmVxNGgGKChoCGgJWAEAAAA0cTVoC0sCdHE2UUsASwKFcTdLAYVxOIlo
    DylScTl0cTpScTtYCgAAAHByZWRfbGFiZWxxPGgGKChoCGgVWAEAAAA1cT1oC0sCdHE+UUsASwKFcT9LAYVxQIloDylScU
    F0cUJScUNYCQAAAHByZWRfbWFza3FETlgKAAAAaW1hZ2VfcGF0aHFFXXFGKFgZAAAAZGF0YS9ib2x0L3Rlc3QvZ29vZC8w
    LnBuZ3FHWBkAAABkYXRhL2JvbHQvdGVzdC9iZW50LzEucG5ncUhldWJoASmBcUl9cUooaARoE2gUaAYoKGgIaBVYAQAAAD
    ZxS2gLSwF0cUxRSwBLAYVxTUsBhXFOiWgPKVJxT3RxUFJxUWgdTmgnTmgraAUoaAZoHigoaAhoCVgBAAAAN3FSaAtLBnRx
    U1FLAChLAUsBSwJLA3RxVChLBksGSwNLAXRxVYloDylScVZ0cVdOdHFYUnFZaDRoBigoaAhoCVgBAAAAOHFaaAtLAXRxW1
    FLAEsBSwGGcVxLAUsBhnFdiWgPKVJxXnRxX1JxYGg8TmhETmhFXXFhWBoAAABkYXRhL2dlYXIvdHJhaW4vZ29vZC83LnBu
    Z3FiYXViZS4=
  `,
  items: `
    gAJdcQBdcQEoY2Fub21hbGliLmRhdGEuZGF0YWNsYXNzZXMudG9yY2guaW1hZ2UKSW1hZ2VJdGVtCnECKYFxA31xBChYCg
    AAAGltYWdlX3BhdGhxBVgZAAAAZGF0YS9ib2x0L3Rlc3QvZ29vZC8wLnBuZ3EGWAgAAABndF9sYWJlbHEHY3RvcmNoLl91
    dGlscwpfcmVidWlsZF90ZW5zb3JfdjIKcQgoKFgHAAAAc3RvcmFnZXEJY3RvcmNoCkxvbmdTdG9yYWdlCnEKWAEAAAAwcQ
    tYAwAAAGNwdXEMSwJ0cQ1RSwApKYljY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQ4pUnEPdHEQUnERWAsAAABhbm9tYWx5
    X21hcHESaAgoKGgJY3RvcmNoCkZsb2F0U3RvcmFnZQpxE1gBAAAAMXEUaAxLDHRxFVFLAEsCSwOGcRZLA0sBhnEXiWgOKV
    JxGHRxGVJxGlgKAAAAcHJlZF9zY29yZXEbaAgoKGgJaBNYAQAAADJxHGgMSwF0cR1RSwApKYloDilScR50cR9ScSBYCQAA
    AG1hc2tfcGF0aHEhWAAAAABxInViaAIpgXEjfXEkKGgFWBkAAABkYXRhL2JvbHQvdGVzdC9iZW50LzEucG5ncSVoB2gIKC
    hoCWgKWAEAAAAwcSZoDEsCdHEnUUsBKSmJaA4pUnEodHEpUnEqaBJoCCgoaAloE1gBAAAAMXEraAxLDHRxLFFLBksCSwOG
    cS1LA0sBhnEuiWgOKVJxL3RxMFJxMWgbaAgoKGgJaBNYAQAAADNxMmgMSwF0cTNRSwApKYloDilScTR0cTVScTZoIVgLAA
    AAbWFza3MvMS5wbmdxN3ViZWEu
  `,
  numpyBatch: `
    gASVFQIAAAAAAABdlIwlYW5vbWFsaWIuZGF0YS5kYXRhY2xhc3Nlcy5udW1weS5pbWFnZZSMD051bXB5SW1hZ2VCYXRjaJ
    STlCmBlH2UKIwKaW1hZ2VfcGF0aJRdlCiMGWRhdGEvYm9sdC90ZXN0L2dvb2QvMC5wbmeUjBlkYXRhL2JvbHQvdGVzdC9i
    ZW50LzEucG5nlGWMCGd0X2xhYmVslIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcH
    mUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwKFlGgOjAVkdHlwZZSTlIwCYjGUiYiHlFKUKEsDjAF8lE5OTkr/////
    Sv////9LAHSUYolDAgABlHSUYowKcHJlZF9zY29yZZRoDWgQSwCFlGgSh5RSlChLAUsChZRoF4wCZjSUiYiHlFKUKEsDjA
    E8lE5OTkr/////Sv////9LAHSUYolDCAAAgD4AAEA/lHSUYowLYW5vbWFseV9tYXCUaA1oEEsAhZRoEoeUUpQoSwFLAksC
    SwOHlGgmiUMwAAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/AADAPwAA4D8AAABAAAAQQAAAIEAAADBAlHSUYowHZ3RfbWFza5
    RoDWgQSwCFlGgSh5RSlChLAUsCSwJLA4eUaBqJQwwAAAAAAAAAAAEAAACUdJRidWJhLg==
  `,
  numpyItem: `
    Y2NvcHlfcmVnCl9yZWNvbnN0cnVjdG9yCnAwCihjYW5vbWFsaWIuZGF0YS5kYXRhY2xhc3Nlcy5udW1weS5pbWFnZQpOdW
    1weUltYWdlSXRlbQpwMQpjX19idWlsdGluX18Kb2JqZWN0CnAyCk50cDMKUnA0CihkcDUKVmltYWdlX3BhdGgKcDYKVmRh
    dGEvYm9sdC90ZXN0L2JlbnQvMS5wbmcKcDcKc1ZndF9sYWJlbApwOApjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYX
    IKcDkKKGNudW1weQpkdHlwZQpwMTAKKFZiMQpwMTEKSTAwCkkwMQp0cDEyClJwMTMKKEkzClZ8CnAxNApOTk5JLTEKSS0x
    CkkwCnRwMTUKYmNfY29kZWNzCmVuY29kZQpwMTYKKFYBCnAxNwpWbGF0aW4xCnAxOAp0cDE5ClJwMjAKdHAyMQpScDIyCn
    NWcHJlZF9zY29yZQpwMjMKRjAuNzUKc1Zhbm9tYWx5X21hcApwMjQKY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29u
    c3RydWN0CnAyNQooY251bXB5Cm5kYXJyYXkKcDI2CihJMAp0cDI3CmcxNgooVmIKcDI4CmcxOAp0cDI5ClJwMzAKdHAzMQ
    pScDMyCihJMQooSTIKSTMKdHAzMwpnMTAKKFZmNApwMzQKSTAwCkkwMQp0cDM1ClJwMzYKKEkzClY8CnAzNwpOTk5JLTEK
    SS0xCkkwCnRwMzgKYkkwMApnMTYKKFZcdTAwMDBcdTAwMDDAP1x1MDAwMFx1MDAwMOA/XHUwMDAwXHUwMDAwXHUwMDAwQF
    x1MDAwMFx1MDAwMBBAXHUwMDAwXHUwMDAwIEBcdTAwMDBcdTAwMDAwQApwMzkKZzE4CnRwNDAKUnA0MQp0cDQyCmJzVm1h
    c2tfcGF0aApwNDMKY3BhdGhsaWIKUHVyZVBvc2l4UGF0aApwNDQKKFZtYXNrcwpwNDUKVjEucG5nCnA0Ngp0cDQ3ClJwND
    gKc2Iu
  `,
} as const;

/** Storages that belong to these predictions, in the order of their keys; base64. */
export const anomalibStorages = {
  batches: [
    "AAAAAAAAAAAAAAAA",
    "AAE=",
    "AAAAAAAAAAABAAAA",
    "AAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/AADAPwAA4D8AAABAAAAQQAAAIEAAADBA",
    "AACAPgAAQD8=",
    "AAE=",
    "AA==",
    "AACgQAAAqEAAALBAAAC4QAAAwEAAAMhA",
    "zczMPQ==",
  ],
  items: [
    "AAAAAAAAAAABAAAAAAAAAA==",
    "AAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/AADAPwAA4D8AAABAAAAQQAAAIEAAADBA",
    "AACAPg==",
    "AABAPw==",
  ],
} as const;

/** Writes a file of a folder that is removed after the tests; gives its path. */
export function writeFile(name: string, content: Uint8Array | string): string {
  const path = join(makeFolder(), name);
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
  return path;
}

/** Writes an archive as `torch.save` does: one folder, nothing compressed. */
export async function writeTorchArchive(
  files: Readonly<Record<string, Uint8Array>>,
  options: { folder?: string; level?: number } = {},
): Promise<string> {
  const { folder = "predictions", level = 0 } = options;
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level, useWebWorkers: false });
  for (const [name, content] of Object.entries(files)) {
    await zip.add(`${folder}/${name}`, new Uint8ArrayReader(content));
  }
  return writeFile("predictions.pt", await zip.close());
}

/** The files of an archive of anomalib's predictions. */
export function torchFiles(kind: "batches" | "items"): Record<string, Uint8Array> {
  const storages = anomalibStorages[kind].map((each, key) => [`data/${key}`, bytesOf(each)]);
  const text = new TextEncoder();
  return {
    "data.pkl": bytesOf(anomalibPickles[kind]),
    ".format_version": text.encode("1"),
    byteorder: text.encode("little"),
    ...Object.fromEntries(storages),
    version: text.encode("3\n"),
  };
}

/** Decodes base64, line breaks aside. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64);
}
