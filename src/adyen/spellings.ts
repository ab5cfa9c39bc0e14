/** How many encodings within each other are undone. */
const MOST_LAYERS = 3;
/** What is shorter tells nothing (characters). */
const SHORTEST = 4;
/** The bases of the codes that {@link withoutEscapes} finds, in the order of its groups. */
const RADIX = [16, 16, 16, 16, 10, 8];

/**
 * All that a text may spell: the text itself, and what is left when escapes, URL encoding, entities, base64, hex or a list
 * of bytes are undone, one within another, wrapped or not. A text that is not encoded gives some nonsense besides, and that
 * does no harm: only a secret is looked for.
 */
export function spellingsOf(text: string): string[] {
  const found = new Set([text]);
  let layer = [text];
  for (let depth = 0; depth < MOST_LAYERS && layer.length > 0; depth += 1) {
    const next = layer
      .flatMap(decodings)
      .filter((spelling) => spelling.length >= SHORTEST && !found.has(spelling));
    layer = [...new Set(next)];
    for (const spelling of layer) found.add(spelling);
  }
  return [...found];
}

function decodings(text: string): string[] {
  const unwrapped = text.replace(/[\s\p{C}]/gu, '');
  const unescaped = withoutEscapes(unwrapped);
  // Without its spaces, a text without escapes would look like one long word.
  const joined = unescaped === unwrapped ? [] : [unescaped];
  return [
    withoutEscapes(text),
    ...joined,
    ...fromBase64(unwrapped),
    ...fromHex(unwrapped),
    fromBytes(text),
    fromBytes(unwrapped),
  ];
}

/**
 * The escapes of JSON and JavaScript, octal ones too, URL encoding, and the entities of HTML and XML: each names a character
 * by its code. A browser reads an entity with zeros in front, or without its semicolon, too
 * (html.spec.whatwg.org/multipage/parsing.html#numeric-character-reference-state).
 */
function withoutEscapes(text: string): string {
  return text.replace(
    /\\u\{?([0-9a-f]{4,6})\}?|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x0*([0-9a-f]{1,6});?|&#0*(\d{1,7});?|\\([0-3][0-7]{2})/gi,
    (written, ...codes: (string | undefined)[]) => {
      const place = codes.findIndex((code) => code !== undefined);
      const code = Number.parseInt(codes[place] ?? '', RADIX[place]);
      return code <= 0x10ffff ? String.fromCodePoint(code) : written;
    },
  );
}

/** Bytes in decimal, as Java prints them: `[65, 81, 69]`. */
function fromBytes(text: string): string {
  const bytes = text.match(/(?<!\d)\d{1,3}(?!\d)/g) ?? [];
  return Buffer.from(bytes.map(Number)).toString('latin1');
}

/** Node reads the alphabet for URLs too (nodejs.org/api/buffer.html). */
function fromBase64(text: string): string[] {
  return fromEachPlace(text.replace(/[^\w+/-]/g, ''), 'base64', { group: 4, shortest: (SHORTEST * 4) / 3 });
}

function fromHex(text: string): string[] {
  return fromEachPlace(text.replace(/[^0-9a-f]/gi, ''), 'hex', { group: 2, shortest: SHORTEST * 2 });
}

/** Where an encoded part begins in the text is not known: so from each place in a group of characters. */
function fromEachPlace(
  encoded: string,
  encoding: 'base64' | 'hex',
  { group, shortest }: Readonly<{ group: number; shortest: number }>,
): string[] {
  const decoded: string[] = [];
  for (let start = 0; start < group && encoded.length - start >= shortest; start += 1) {
    decoded.push(Buffer.from(encoded.slice(start), encoding).toString('latin1'));
  }
  return decoded;
}
