/** The option an answer names: by letter (`B`, `(b)`, `B. the sofa`) or by the option's own text; null when neither. */
export function optionLetter(text: string, options: readonly string[] | null): string | null {
  const trimmed = text.trim()
  const letter = /^\(?([A-Za-z])\)?(?:[.:,)\s]|$)/.exec(trimmed)?.[1]?.toUpperCase()
  const bare = (option: string): string => option.replace(/^\(?[A-Za-z]\)?[.:)]\s*/, '').trim().toLowerCase()
  const position = (options ?? []).findIndex((option) => trimmed !== '' && (option.trim() === trimmed || bare(option) === trimmed.toLowerCase()))
  return position >= 0 ? String.fromCharCode(65 + position) : (letter ?? null)
}
