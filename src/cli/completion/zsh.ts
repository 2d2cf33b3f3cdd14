import { quoted } from './quoted.js';
import type { Choice, OptionChoice, Place } from './tree.js';

/**
 * The completion script for zsh, to be sourced or to lie in `$fpath` as `_keyturn`.
 * @public
 */
export function zshScript(places: readonly Place[]): string {
  return `#compdef keyturn
# Completion of keyturn for zsh. In ~/.zshrc, after compinit: source <(keyturn completion zsh)
_keyturn() {
  local at='' before=$words[CURRENT-1] files='' word
  local -a choices options
  for word in $words[2,CURRENT-1]; do
    case "$at\${at:+ }$word" in
      (${pathsOf(places)}) at="$at\${at:+ }$word" ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then before=\${PREFIX%%=*}; compset -P '*='; fi
  case $at in
${places.map(placeText).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe -o option options
  elif [[ -n $files ]]; then _files
  elif (( $#choices )); then _describe choice choices
  else _describe -o option options
  fi
}
if [[ $funcstack[1] == _keyturn ]]; then _keyturn "$@"; else compdef _keyturn keyturn; fi
`;
}

function pathsOf(places: readonly Place[]): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => `'${path}'`)
    .join('|');
}

function placeText({ path, commands, options, values, takesFile }: Place): string {
  const choices = [...commands, ...values.map((word) => ({ word, what: '' }))];
  const cases = options.map(optionText).filter((line) => line !== '');
  return [
    `    ('${path}')`,
    `      choices=(${choices.map(described).join(' ')})`,
    `      options=(${options.map(described).join(' ')})`,
    ...(takesFile ? ["      files='yes'"] : []),
    ...(cases.length === 0 ? [] : ['      case $before in', ...cases, '      esac']),
    '      ;;',
  ].join('\n');
}

function described({ word, what }: Choice): string {
  return quoted(what === '' ? word : `${word}:${what}`);
}

function optionText({ word, takes }: OptionChoice): string {
  if (takes === 'nothing') return '';
  if (takes === 'text') return `        (${word}) return ;;`;
  if (takes === 'file') return `        (${word}) _files; return ;;`;
  return `        (${word}) compadd -- ${takes.join(' ')}; return ;;`;
}
