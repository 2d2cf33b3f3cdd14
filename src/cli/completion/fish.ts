import { quoted } from './quoted.js';
import type { OptionChoice, Place } from './tree.js';

/**
 * The completion script for fish.
 * @public
 */
export function fishScript(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `# Completion of keyturn for fish: keyturn completion fish > ~/.config/fish/completions/keyturn.fish
set -g __keyturn_paths ${paths.join(' ')}
function __keyturn_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    contains -- $next $__keyturn_paths; and set at $next
  end
  test "$at" = "$argv[1]"
end
complete -c keyturn -f
${places.flatMap(placeLines).join('\n')}
`;
}

function placeLines({ path, commands, options, values, takesFile }: Place): readonly string[] {
  const here = `complete -c keyturn -n ${quoted(`__keyturn_at "${path}"`)}`;
  return [
    ...commands.map(({ word, what }) => `${here} -a ${word} -d ${quoted(what)}`),
    ...values.map((word) => `${here} -a ${word}`),
    ...(takesFile ? [`${here} -F`] : []),
    ...options.map((option) => `${here} ${optionText(option)}`),
  ];
}

function optionText({ word, what, takes }: OptionChoice): string {
  const named = `-l ${word.replace(/^--/, '')} -d ${quoted(what)}`;
  if (takes === 'nothing') return named;
  if (takes === 'text') return `${named} -x`;
  if (takes === 'file') return `${named} -rF`;
  return `${named} -x -a ${quoted(takes.join(' '))}`;
}
