using System.Text.Json;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Operator;

/// <summary>Chooses agents by their state and by a text in what is shown of them: <c>{"state":"away","text":"berlin"}</c>.</summary>
/// <param name="States">The states, of which an agent has one; empty for any.</param>
/// <param name="Text">What an agent's id, reported id, name, version, system or node contains, in whatever case; empty for
/// anything.</param>
internal sealed record AgentFilter(IReadOnlyList<string> States, string Text)
{
    /// <summary>How many characters the text has at most.</summary>
    public const int MaxText = 256;

    private const string StateMember = "state";
    private const string TextMember = "text";

    /// <exception cref="RequestException">It is not such a filter, or chooses nothing; the message says why.</exception>
    public static AgentFilter Parse(JsonElement filter)
    {
        if (filter.ValueKind != JsonValueKind.Object || PushBody.Other(filter, StateMember, TextMember) is not null)
        {
            throw Refusal("A \"filter\" has \"state\" and \"text\" only");
        }

        string[] states = filter.TryGetProperty(StateMember, out JsonElement state) ? StatesOf(state) : [];
        string text = filter.TryGetProperty(TextMember, out JsonElement value) ? TextOf(value, TextMember) : "";
        if (text.Length > MaxText)
        {
            throw Refusal($"The filter's \"text\" has {text.Length} characters: at most {MaxText} may be given");
        }

        return states.Length > 0 || text.Trim().Length > 0 ? new AgentFilter(states, text.Trim())
            : throw Refusal("The filter chooses every agent: say \"all\":true instead");
    }

    public bool Matches(AgentView agent) => (States.Count == 0 || States.Contains(agent.State, StringComparer.Ordinal))
        && (Text.Length == 0 || Array.Exists(TextsOf(agent), text => text.Contains(Text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The filter as a line of text.</summary>
    public override string ToString() => string.Join(
        ", ",
        new[] { States.Count > 0 ? $"state {string.Join(" or ", States)}" : "", Text.Length > 0 ? $"text \"{Text}\"" : "" }
            .Where(static part => part.Length > 0));

    private static string[] TextsOf(AgentView agent) =>
        [agent.Id, agent.ReportedId, agent.Name, agent.Version, agent.Os, agent.Arch, agent.Node ?? ""];

    private static string[] StatesOf(JsonElement state)
    {
        string[] states = state.ValueKind == JsonValueKind.Array
            ? [.. state.EnumerateArray().Select(one => TextOf(one, StateMember))] : [TextOf(state, StateMember)];
        string? other = Array.Find(states, static one => !AgentState.All.Contains(one, StringComparer.Ordinal));
        return other is null ? states
            : throw Refusal($"\"{Shorten.Text(other)}\" is not a state of an agent, which is {string.Join(", ", AgentState.All)}");
    }

    private static string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refusal($"The filter's \"{name}\" is not a string");
        }
        catch (InvalidOperationException exception)
        {
            throw Refusal($"The filter's \"{name}\" has half of a surrogate pair, which is not text", exception);
        }
    }

    private static RequestException Refusal(string why, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, $"{why}.", innerException);
}
