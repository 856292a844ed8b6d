# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of netdisc in bash. Candidates come from the program itself: `netdisc --complete WORD...`.

# Sets `words` to those of a command line, without their quotes; `begun` to the last as it was typed, and `quote`
# to the quote that is open in it. Bash's own COMP_WORDS are split at colons, and keep their quotes.
_netdisc_split() {
  local line=$1 char word='' there='' i
  words=() begun='' quote=''
  for ((i = 0; i < ${#line}; i++)); do
    char=${line:i:1}
    if [[ -z $quote && $char == [[:blank:]] ]]; then
      [[ -z $there ]] || words+=("$word")
      word='' begun='' there=''
      continue
    fi
    begun+=$char there=1
    case $quote$char in
    \' | \") quote=$char ;;
    \'\' | \"\") quote='' ;;
    \\ | \"\\)
      i=$((i + 1))
      begun+=${line:i:1}
      [[ -z $quote || ${line:i:1} == [\\\"\$\`] ]] || word+=\\
      word+=${line:i:1}
      ;;
    *) word+=$char ;;
    esac
  done
  words+=("$word")
}

_netdisc() {
  local words begun quote candidate kept=''
  _netdisc_split "${COMP_LINE:0:COMP_POINT}"
  # Readline replaces only what is behind the last of these.
  if [[ -z $quote && $COMP_WORDBREAKS == *:* && $begun == *:* ]]; then
    kept=${begun%"${begun##*:}"}
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $quote in
    '') printf -v candidate %q "$candidate" ;;
    \') candidate=${candidate//\'/\'\\\'\'} ;;
    \")
      [[ $candidate != *!* ]] || continue # nothing keeps it from being a word of the history
      candidate=$(sed 's/[\\"$`]/\\&/g' <<<"$candidate")
      ;;
    esac
    # Readline takes the last character for the quote's end.
    [[ -z $quote || $candidate != *"$quote" ]] || candidate+=$quote
    COMPREPLY+=("${candidate#"$kept"}")
  done < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
}

complete -F _netdisc netdisc
