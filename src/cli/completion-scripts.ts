/** How each shell, and kubectl itself, is made to complete our words. */

export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

const asked = "kubectl-dbop __complete";

const bash = `# bash completion for kubectl-dbop; kubectl dbop completes by itself once kubectl_complete-dbop is on the PATH
_kubectl_dbop() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    line=\${line%%$'\\t'*}
    [[ $line == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
  done < <(${asked} "\${words[@]}" 2>/dev/null)
}
complete -o default -F _kubectl_dbop kubectl-dbop
`;

const zsh = `#compdef kubectl-dbop
_kubectl_dbop() {
  local -a choices
  choices=("\${(@f)$(${asked} "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null | grep -v '^:' | tr '\\t' ':')}")
  _describe 'kubectl dbop' choices
}
compdef _kubectl_dbop kubectl-dbop
`;

const fish = `# fish completion for kubectl-dbop
function __kubectl_dbop_complete
  set -l words (commandline -opc) (commandline -ct)
  ${asked} $words[2..-1] 2>/dev/null | string match -v ':*'
end
complete -c kubectl-dbop -f -a '(__kubectl_dbop_complete)'
`;

const powershell = `# PowerShell completion for kubectl-dbop
Register-ArgumentCompleter -Native -CommandName 'kubectl-dbop' -ScriptBlock {
  param($word, $ast, $cursor)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  & kubectl-dbop __complete @words 2>$null | Where-Object { $_ -notmatch '^:' } | ForEach-Object {
    $choice, $help = $_ -split "\t", 2
    if (-not $help) { $help = $choice }
    [System.Management.Automation.CompletionResult]::new($choice, $choice, 'ParameterValue', $help)
  }
}
`;

/** The script to load in each shell. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
