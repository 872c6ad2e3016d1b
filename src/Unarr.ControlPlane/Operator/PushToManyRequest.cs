using System.Text.Json;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>A push to many agents: <c>{"agents":["a1","a2"],"controls":[…]}</c>.</summary>
internal sealed record PushToManyRequest(IReadOnlyList<string> Agents, IReadOnlyList<Control> Controls)
{
    private const string Shape = "The body is not {\"agents\":[\"ID\",...],\"controls\":[...]}";

    /// <exception cref="RequestException">It is not such a push; the message says why.</exception>
    public static PushToManyRequest Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("agents", out JsonElement agents)
            || agents.ValueKind != JsonValueKind.Array || !body.TryGetProperty("controls", out JsonElement controls)
            || agents.EnumerateArray().Any(static agent => agent.ValueKind != JsonValueKind.String))
        {
            throw Refusal(Shape);
        }

        if (body.EnumerateObject().Select(static member => member.Name)
            .FirstOrDefault(static name => name is not ("agents" or "controls")) is { } other)
        {
            throw Refusal($"\"{Unarr.Agents.Hub.Lines.Shorten.Text(other)}\" is not a member of a push to many agents");
        }

        string[] ids = [.. agents.EnumerateArray().Select(static agent => agent.GetString()!)];
        if (ids.Length == 0 || ids.Distinct(StringComparer.Ordinal).Count() != ids.Length)
        {
            throw Refusal(ids.Length == 0 ? "The push names no agent" : "The push names an agent twice");
        }

        return new PushToManyRequest(ids, PushedControls.Parse(controls));
    }

    private static RequestException Refusal(string why) => new(StatusCodes.Status400BadRequest, $"{why}.");
}
