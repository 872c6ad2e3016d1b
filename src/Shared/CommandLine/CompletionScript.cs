namespace Unarr.CommandLine;

/// <summary>What each shell needs to ask the program what fits.</summary>
internal static class CompletionScript
{
    private const string Bash =
        """
        _unarr_agent() {
            local line
            COMPREPLY=()
            while IFS= read -r line; do
                [[ $line == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
            done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _unarr_agent unarr-agent

        """;

    private const string Zsh =
        """
        #compdef unarr-agent
        _unarr_agent() {
            local -a fitting
            local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
            fitting=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
            compadd -a fitting || _files
        }
        if [ "$funcstack[1]" = _unarr-agent ]; then _unarr_agent "$@"; else compdef _unarr_agent unarr-agent; fi

        """;

    private const string Fish =
        """
        function __unarr_agent_fitting
            set -l line (commandline -cp)
            unarr-agent "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c unarr-agent -a '(__unarr_agent_fitting)'

        """;

    private const string Program = "unarr-agent";

    /// <param name="shell"><c>bash</c>, <c>zsh</c> or <c>fish</c>.</param>
    /// <param name="program">The program's name.</param>
    public static string For(string shell, string program)
    {
        string script = shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        };
        return script.Replace(Program, program, StringComparison.Ordinal)
            .Replace(Identifier(Program), Identifier(program), StringComparison.Ordinal);
    }

    private static string Identifier(string program) => program.Replace('-', '_');
}
