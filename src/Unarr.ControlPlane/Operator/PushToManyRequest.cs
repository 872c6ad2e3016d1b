using System.Text.Json;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>A push to many agents: <c>{"agents":["a1","a2"],"controls":[…]}</c>; in place of a list <c>"filter":{…}</c> or
/// <c>"all":true</c>; and <c>"expiresAfter":"5m"</c> where it expires.</summary>
/// <param name="Agents">The agents; <see langword="null"/> where a filter or all are meant.</param>
/// <param name="Filter">The filter; <see langword="null"/> for all.</param>
/// <param name="Controls">The controls.</param>
/// <param name="ExpiresAfter">After which time they expire.</param>
internal sealed record PushToManyRequest(
    IReadOnlyList<string>? Agents, AgentFilter? Filter, IReadOnlyList<Control> Controls, TimeSpan? ExpiresAfter)
{
    /// <summary>How many controls one push may queue, for all of its agents together.</summary>
    public const int MaxControls = 100_000;

    private const string Shape = "The body is not {\"agents\":[\"ID\",...],\"controls\":[...]}, with \"filter\":{...} or \"all\":true in "
        + "place of \"agents\" where it is for more, and \"expiresAfter\" where it expires";

    /// <summary>How the agents are chosen, for people; <see langword="null"/> for a list.</summary>
    public string? Chosen => Agents is not null ? null : Filter is null ? "all" : Filter.ToString();

    /// <exception cref="RequestException">It is not such a push; the message says why.</exception>
    public static PushToManyRequest Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("controls", out JsonElement controls))
        {
            throw Refusal(Shape);
        }

        PushedControls.DemandText(body);
        if (PushBody.Other(body, "agents", "filter", "all", "controls", PushExpiry.Member) is { } other)
        {
            throw Refusal($"\"{Shorten.Text(other)}\" is not a member of a push to many agents");
        }

        (IReadOnlyList<string>? agents, AgentFilter? filter) = ChoiceOf(body);
        return new PushToManyRequest(agents, filter, PushedControls.Parse(controls), PushExpiry.Of(body));
    }

    /// <summary>Refuses a push that would queue more than the bound.</summary>
    /// <exception cref="RequestException">It would; the message names the bound.</exception>
    public void DemandBound(int agents)
    {
        if ((long)agents * Controls.Count > MaxControls)
        {
            throw Refusal(
                $"{Controls.Count} controls for {agents} agents are more than the {MaxControls} that may be pushed at once");
        }
    }

    private static (IReadOnlyList<string>? Agents, AgentFilter? Filter) ChoiceOf(JsonElement body)
    {
        bool hasAgents = body.TryGetProperty("agents", out JsonElement agents);
        bool hasFilter = body.TryGetProperty("filter", out JsonElement filter);
        bool hasAll = body.TryGetProperty("all", out JsonElement all);
        return (hasAgents, hasFilter, hasAll) switch
        {
            (true, false, false) => (ListOf(agents), null),
            (false, true, false) => (null, AgentFilter.Parse(filter)),
            (false, false, true) when all.ValueKind == JsonValueKind.True => (null, null),
            (false, false, true) => throw Refusal("\"all\" is true, or left out"),
            _ => throw Refusal(Shape),
        };
    }

    private static string[] ListOf(JsonElement agents)
    {
        if (agents.ValueKind != JsonValueKind.Array
            || agents.EnumerateArray().Any(static agent => agent.ValueKind != JsonValueKind.String))
        {
            throw Refusal(Shape);
        }

        string[] ids = [.. agents.EnumerateArray().Select(TextOf)];
        return ids.Length > 0 && ids.Distinct(StringComparer.Ordinal).Count() == ids.Length ? ids
            : throw Refusal(ids.Length == 0 ? "The push names no agent" : "The push names an agent twice");
    }

    private static string TextOf(JsonElement agent)
    {
        try
        {
            return agent.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest, "The push names an agent with half of a surrogate pair, which is not text.", exception);
        }
    }

    private static RequestException Refusal(string why) => new(StatusCodes.Status400BadRequest, $"{why}.");
}
