"""The grammar as a script for each shell. Names of tenants are asked for when they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from alfred_tui.cli.completion import Kind, Level, Option, Value, settings_words

_BASH = """\
# alfred-tui completion for bash, made by: alfred-tui completion bash
__alfred_tui_level() {
  options= commands= repeats= places=()
  case $1 in
%(levels)s
  esac
}

__alfred_tui_takes() {
  takes= optional=
  case $1 in
%(takes)s
  esac
}

__alfred_tui_offer() {
  local IFS=$' \\n' kind=${1%%%% *} words=
  [[ $1 == *' '* ]] && words=${1#* }
  case $kind in
    tenants) words=$("$program" __names "$home" 2>/dev/null) ;;
    settings)
      words='%(settings)s'
      compopt -o nospace 2>/dev/null ;;
    files | folders)
      IFS=$'\\n'
      compopt -o filenames 2>/dev/null
      if [[ $kind == files ]]; then COMPREPLY=($(compgen -f -- "$cur")); fi
      if [[ $kind == folders ]]; then COMPREPLY=($(compgen -d -- "$cur")); fi
      return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

_alfred_tui() {
  local cur=${COMP_WORDS[COMP_CWORD]} program=${1/#\\~/$HOME} home= path= pending= at=0 skip=
  local word i options commands repeats takes optional
  local -a places
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ -n $pending && -n $optional && $word == -* ]] && pending=
    if [[ $word == = ]]; then
      # bash makes three words of --home=DIR; and of KEY=VALUE, whose key was the value already
      [[ -n $pending ]] || skip=1
    elif [[ -n $skip ]]; then
      skip=
    elif [[ -n $pending ]]; then
      [[ $pending == --home ]] && home=${word/#\\~/$HOME}
      pending=
    else
      __alfred_tui_level "$path"
      case $word in
        --home=*) home=${word#*=} ;;
        -*) __alfred_tui_takes "$path" "$word"
          [[ -n $takes ]] && pending=$word ;;
        *) if [[ " $commands " == *" $word "* ]]; then path="${path:+$path }$word"
          else at=$((at + 1)); fi ;;
      esac
    fi
  done
  [[ $cur == = ]] && cur=
  [[ -n $pending && -n $optional && $cur == -* ]] && pending=
  __alfred_tui_level "$path"
  if [[ -n $skip ]]; then return
  elif [[ -n $pending ]]; then
    __alfred_tui_takes "$path" "$pending"
    __alfred_tui_offer "$takes"
  elif [[ $cur == -* ]]; then __alfred_tui_offer "words $options"
  elif [[ -n $commands ]]; then
    [[ $at -gt 0 ]] || __alfred_tui_offer "words $commands"
  else
    [[ -n $repeats && $at -ge ${#places[@]} ]] && at=$((${#places[@]} - 1))
    [[ $at -lt ${#places[@]} ]] && __alfred_tui_offer "${places[at]}"
  fi
  return 0
}

complete -F _alfred_tui alfred-tui
"""
_ZSH = """\
#compdef alfred-tui
# alfred-tui completion for zsh, made by: alfred-tui completion zsh
__alfred_tui_names() {
  local -a names
  names=(${(f)"$(_call_program tenants $_alfred_tui_program __names ${(q)_alfred_tui_home})"})
  _describe -t tenants tenant names
}

__alfred_tui_keys() {
  compadd -S '' "$@" - %(settings)s
}

%(functions)s
if [[ $funcstack[1] == _alfred_tui ]]; then
  _alfred_tui "$@"
else
  compdef _alfred_tui alfred-tui
fi
"""
_FISH = """\
# alfred-tui completion for fish, made by: alfred-tui completion fish
function __alfred_tui_walk --description 'the place in the grammar, how many values, the home'
    set -l path
    set -l at 0
    set -l home
    set -l pending
    for word in (commandline -opc)[2..-1]
        if contains -- "$pending" %(optional)s; and string match -q -- '-*' $word
            set pending
        end
        if test -n "$pending"
            test $pending = --home; and set home $word
            set pending
            continue
        end
        switch $word
            case %(valued)s
                set pending $word
            case '--home=*'
                set home (string replace -- --home= '' $word)
            case '-*'
            case '*'
                set -l next (string join ' ' $path $word)
                if contains -- $next %(paths)s
                    set path $path $word
                    set at 0
                else
                    set at (math $at + 1)
                end
        end
    end
    printf '%%s\\n' "$path" $at "$home"
end

function __alfred_tui_at --argument-names path first last
    set -l here (__alfred_tui_walk)
    test "$here[1]" = "$path"; or return 1
    test -z "$first"; or test $here[2] -ge $first -a $here[2] -le $last
end

function __alfred_tui_tenants
    set -l here (__alfred_tui_walk)
    set -l program (commandline -opc)[1]
    eval $program __names (string escape -- "$here[3]") 2>/dev/null
end

function __alfred_tui_settings
    string split ' ' '%(settings)s'
end

complete -c alfred-tui -f
%(lines)s
"""


def bash(levels: Sequence[Level]) -> str:
    """For bash 3.2 and newer."""
    shown, takes = [], []
    for level in levels:
        path = quote(" ".join(level.path))
        flags = " ".join(flag for option in level.options for flag in option.flags)
        commands = " ".join(name for name, _ in level.commands)
        places = " ".join(quote(_offer(value)) for value in level.places)
        shown.append(
            f"    {path}) options={quote(flags)} commands={quote(commands)} places=({places})"
            f" repeats={'1' if level.repeats else ''} ;;"
        )
        cases = [
            f"      {'|'.join(option.flags)}) takes={quote(_offer(option.value))}"
            f"{' optional=1' if option.value.optional else ''} ;;"
            for option in level.options
            if option.value
        ]
        takes += [f"    {path}) case $2 in", *cases, "    esac ;;"]
    return _BASH % {
        "levels": "\n".join(shown),
        "takes": "\n".join(takes),
        "settings": " ".join(settings_words()),
    }


def _offer(value: Value) -> str:
    return " ".join([value.kind, *value.words])


def zsh(levels: Sequence[Level]) -> str:
    """For zsh's own completion (compinit)."""
    functions = "\n".join(map(_zsh_function, levels))
    return _ZSH % {"functions": functions, "settings": " ".join(settings_words())}


def _zsh_function(level: Level) -> str:
    lines = [f"{_zsh_name(level.path)}() {{"]
    if not level.path:
        lines += [
            "  local _alfred_tui_program=$words[1] _alfred_tui_home",
            "  (( ${words[(I)--home]} )) && _alfred_tui_home=$words[${words[(I)--home]}+1]",
        ]
    lines += ["  local curcontext=$curcontext state line ret=1", "  typeset -A opt_args"]
    specs = [spec for option in level.options for spec in _zsh_option(option)]
    if level.commands:
        specs += ["1:command:->command", "*:: :->rest"]
    for number, value in enumerate(level.places, 1):
        last = level.repeats and number == len(level.places)
        specs.append(f"{'*' if last else number}{_zsh_value(value)}")
    lines.append("  _arguments -C : \\\n    " + " \\\n    ".join(map(quote, specs)) + " && ret=0")
    if level.commands:
        told = " ".join(quote(f"{name}:{about}") for name, about in level.commands)
        names = [name for name, _ in level.commands]
        cases = [f"      {name}) {_zsh_name((*level.path, name))} && ret=0 ;;" for name in names]
        lines += [
            "  case $state in",
            f"    command) local -a commands=({told}); "
            "_describe -t commands command commands && ret=0 ;;",
            "    rest) case $words[1] in",
            *cases,
            "    esac ;;",
            "  esac",
        ]
    return "\n".join([*lines, "  return ret", "}\n"])


def _zsh_name(path: Sequence[str]) -> str:
    return "_".join(["_alfred_tui", *path]).replace("-", "_")


def _zsh_option(option: Option) -> list[str]:
    about = option.about.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    value = _zsh_value(option.value) if option.value else ""
    once = f"({' '.join(option.flags)})" if len(option.flags) > 1 else ""
    front = "*" if option.repeats else once
    return [f"{front}{flag}[{about}]{value}" for flag in option.flags]


def _zsh_value(value: Value) -> str:
    name = value.name.replace(":", "\\:")
    acts = {
        Kind.TENANTS: "__alfred_tui_names",
        Kind.FILES: "_files",
        Kind.FOLDERS: "_files -/",
        Kind.WORDS: f"({' '.join(value.words)})",
        Kind.SETTINGS: "__alfred_tui_keys",
        Kind.TEXT: " ",
    }
    return f"{'::' if value.optional else ':'}{name}:{acts[value.kind]}"


def fish(levels: Sequence[Level]) -> str:
    """For fish 3."""
    lines: list[str] = []
    valued: dict[str, None] = {}
    optional: dict[str, None] = {}
    for level in levels:
        path = _fish(" ".join(level.path))
        for name, about in level.commands:
            lines.append(_fish_line(f"__alfred_tui_at {path} 0 0", f"-a {name} -d {_fish(about)}"))
        for option in level.options:
            flags = " ".join(
                f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags
            )
            taken = f" {_fish_value(option.value)}" if option.value else ""
            lines.append(
                _fish_line(f"__alfred_tui_at {path}", f"{flags}{taken} -d {_fish(option.about)}")
            )
            if option.value:
                valued |= dict.fromkeys(option.flags)
                if option.value.optional:
                    optional |= dict.fromkeys(option.flags)
        for number, value in enumerate(level.places):
            last = 999_999 if level.repeats and number == len(level.places) - 1 else number
            condition = f"__alfred_tui_at {path} {number} {last}"
            lines.append(_fish_line(condition, _fish_value(value)))
    return _FISH % {
        "valued": " ".join(valued),
        "optional": " ".join(optional),
        "paths": " ".join(_fish(" ".join(level.path)) for level in levels if level.path),
        "settings": " ".join(settings_words()),
        "lines": "\n".join(lines),
    }


def _fish_line(condition: str, rest: str) -> str:
    return f"complete -c alfred-tui -n {_fish(condition)} {rest}"


def _fish_value(value: Value) -> str:
    acts = {
        Kind.TENANTS: "-x -a '(__alfred_tui_tenants)'",
        Kind.SETTINGS: "-x -a '(__alfred_tui_settings)'",
        Kind.FILES: "-r -F",
        Kind.FOLDERS: "-x -a '(__fish_complete_directories)'",
        Kind.TEXT: "-x",
    }
    return acts.get(value.kind, f"-x -a {_fish(' '.join(value.words))}")


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
