using System.CommandLine;

namespace Unarr.Agent.Arguments;

/// <summary>One of a few words, trimmed and in any case.</summary>
internal static class ChoiceArgument
{
    /// <summary>An option that takes one of the words, the first being the default; <see langword="null"/> when it is not given.</summary>
    public static Option<T?> Option<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct
    {
        string words = string.Join('|', choices.Select(choice => choice.Word));
        var option = new Option<T?>(name)
        {
            Description = $"{description} [default: {choices[0].Word}]",
            HelpName = words,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                foreach ((string word, T value) in choices)
                {
                    if (text.AsSpan().Trim().Equals(word, StringComparison.OrdinalIgnoreCase))
                    {
                        return value;
                    }
                }

                result.AddError($"{name}: '{text}' is not one of {words.Replace("|", ", ", StringComparison.Ordinal)}.");
                return null;
            },
        };

        // An enum brings its members' names, in another spelling than ours.
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. choices.Select(choice => choice.Word)]);
        return option;
    }
}
