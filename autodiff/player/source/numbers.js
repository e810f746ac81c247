// Values as text. A value is a number, "nan", "inf", "-inf", a truth value, or an array: {shape, entries} or
// {shape, low, high, strange} for one that is too large to be written entry by entry.

const MINUS = "\u2212";
const IN_A_LINE = 4;

export const isArray = (value) => typeof value === "object" && value !== null;

/** A number in at most so many significant digits, with a true minus sign. */
export function scalar(value, digits = 6) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return value.replace("-", MINUS);
  if (value === 0) return Object.is(value, -0) ? `${MINUS}0` : "0";
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  const text =
    size < -4 || size >= digits
      ? value
          .toExponential(digits - 1)
          .replace(/\.?0+e/, "e")
          .replace(/e([+-])(\d)$/, "e$10$2")
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A number behind an operator: a negative one has brackets. */
export const bracketed = (text) => (text.startsWith(MINUS) ? `(${text})` : text);

/** As `2×3`. */
export const shapeText = (shape) => (shape.length === 1 ? `${shape[0]} entries` : shape.join("×"));

/** A value in a few words: a number, a short vector, or the shape of an array. */
export function brief(value, digits = 6) {
  if (!isArray(value)) return scalar(value, digits);
  const { shape, entries } = value;
  if (entries && shape.length === 1 && entries.length <= IN_A_LINE) {
    return `[${entries.map((x) => scalar(x, Math.max(3, digits - 2))).join(", ")}]`;
  }
  return shapeText(shape);
}

/** A value in at most so many characters, with as many digits as there is room for. */
export function tight(value, room) {
  for (let digits = 6; digits > 2; digits -= 1) {
    const text = brief(value, digits);
    if (text.length <= room) return text;
  }
  return isArray(value) ? shapeText(value.shape) : scalar(value, 2);
}

/** A value in a sentence; an array that is not written out says what lies in it. */
export function full(value) {
  if (!isArray(value)) return scalar(value);
  if (value.entries)
    return value.shape.length === 1 && value.entries.length <= 8 ? list(value.entries) : shapeText(value.shape);
  const range = "low" in value ? `, from ${scalar(value.low, 4)} to ${scalar(value.high, 4)}` : "";
  const strange = value.strange ? `, ${value.strange} not finite` : "";
  return `${shapeText(value.shape)}${range}${strange}`;
}

const list = (entries) => `[${entries.map((x) => scalar(x, 4)).join(", ")}]`;

/** The entries as rows of texts, for arrays of one or two axes that are written out; null for others. */
export function rows(value) {
  if (!isArray(value) || !value.entries || value.shape.length > 2 || !value.entries.length) return null;
  const width = value.shape.at(-1);
  const texts = value.entries.map((x) => scalar(x, 4));
  return Array.from({ length: texts.length / width }, (_, i) => texts.slice(i * width, (i + 1) * width));
}

/** The largest absolute value of the finite entries, and whether all entries are finite. */
export function extent(value) {
  if (!isArray(value)) return ofEntries([value]);
  if (value.entries) return ofEntries(value.entries);
  return { largest: Math.max(Math.abs(value.low ?? 0), Math.abs(value.high ?? 0)), finite: !value.strange };
}

function ofEntries(entries) {
  const numbers = entries.filter((x) => typeof x !== "string").map((x) => Math.abs(Number(x)));
  return { largest: Math.max(0, ...numbers), finite: numbers.length === entries.length };
}

/** Whether every entry is exactly zero. */
export const isZero = (value) => {
  const { largest, finite } = extent(value);
  return finite && largest === 0;
};
