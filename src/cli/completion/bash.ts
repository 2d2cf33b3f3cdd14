import type { OptionChoice, Place } from './tree.js';

/**
 * The completion script for bash, from 3.2 on, which macOS has.
 * @public
 */
export function bashScript(places: readonly Place[]): string {
  return `# Completion of keyturn for bash. In ~/.bashrc: source <(keyturn completion bash)
_keyturn() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local at='' words='' options='' values='' files='' text='' index
  # --env=live comes as three words.
  if [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $current == '=' ]]; then current=''; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$at\${at:+ }\${COMP_WORDS[index]}" in
      ${pathsOf(places)}) at="$at\${at:+ }\${COMP_WORDS[index]}" ;;
    esac
  done
  case $at in
${places.map(placeText).join('\n')}
  esac
  local IFS=$'\\n'
  COMPREPLY=()
  if [[ $text ]]; then return; fi
  if [[ $values ]]; then COMPREPLY=($(IFS=' ' compgen -W "$values" -- "$current"))
  elif [[ $current == -* ]]; then COMPREPLY=($(IFS=' ' compgen -W "$options" -- "$current"))
  elif [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  else COMPREPLY=($(IFS=' ' compgen -W "\${words:-$options}" -- "$current"))
  fi
}
complete -F _keyturn keyturn
`;
}

function pathsOf(places: readonly Place[]): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => `'${path}'`)
    .join(' | ');
}

function placeText({ path, commands, options, values, takesFile }: Place): string {
  const words = [...commands.map(({ word }) => word), ...values].join(' ');
  const cases = options.map(optionText).filter((line) => line !== '');
  return [
    `    '${path}')`,
    `      words='${words}' options='${options.map(({ word }) => word).join(' ')}'`,
    ...(takesFile ? ["      files='yes'"] : []),
    ...(cases.length === 0 ? [] : ['      case $before in', ...cases, '      esac']),
    '      ;;',
  ].join('\n');
}

function optionText({ word, takes }: OptionChoice): string {
  if (takes === 'nothing') return '';
  if (takes === 'text') return `        ${word}) text='yes' ;;`;
  if (takes === 'file') return `        ${word}) files='yes' ;;`;
  return `        ${word}) values='${takes.join(' ')}' ;;`;
}
