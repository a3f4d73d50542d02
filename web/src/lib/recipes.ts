// What people call the built-in recipes.
import type { Catalogue } from '../messages/en';

/** The order in which a person should meet them; others follow. */
const ORDER = ['stories', 'shakespeare-tiny', 'shakespeare-baby'];

export function inOrder<T extends { name: string }>(recipes: T[]): T[] {
  const place = ({ name }: T) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...recipes].sort((a, b) => place(a) - place(b));
}

/** Title and description of a recipe; one that the catalogue does not know goes by its own name. */
export function described(words: Catalogue, name: string): { title: string; text: string } {
  switch (name) {
    case 'stories':
      return words.recipe.stories;
    case 'shakespeare-tiny':
      return words.recipe.tiny;
    case 'shakespeare-baby':
      return words.recipe.baby;
    default:
      return { title: name, text: words.recipe.other.text };
  }
}
