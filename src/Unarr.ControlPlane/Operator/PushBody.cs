using System.Buffers;
using System.Text.Json;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>A push to one agent: a control, which may have <c>expiresAfter</c> besides, a list of controls, or
/// <c>{"controls":[…],"expiresAfter":"5m"}</c>.</summary>
internal sealed record PushBody(IReadOnlyList<Control> Controls, TimeSpan? ExpiresAfter)
{
    private const string ControlsMember = "controls";

    /// <exception cref="RequestException">It is not such a push; the message says why.</exception>
    public static PushBody Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return new PushBody(PushedControls.Parse(body), null);
        }

        PushedControls.DemandText(body);
        if (!body.TryGetProperty(ControlsMember, out JsonElement controls))
        {
            return body.TryGetProperty(PushExpiry.Member, out _)
                ? new PushBody(PushedControls.Parse(WithoutExpiry(body)), PushExpiry.Of(body))
                : new PushBody(PushedControls.Parse(body), null);
        }

        if (Other(body, ControlsMember, PushExpiry.Member) is { } other)
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest,
                $"\"{Shorten.Text(other)}\" is not a member of a push: it has \"controls\" and \"expiresAfter\".");
        }

        return new PushBody(PushedControls.Parse(controls), PushExpiry.Of(body));
    }

    /// <summary>The first member of an object that is not one of some.</summary>
    public static string? Other(JsonElement body, params ReadOnlySpan<string> members)
    {
        foreach (JsonProperty member in body.EnumerateObject())
        {
            string name = PushedControls.NameOf(member);
            if (!members.Contains(name))
            {
                return name;
            }
        }

        return null;
    }

    private static JsonElement WithoutExpiry(JsonElement body)
    {
        ArrayBufferWriter<byte> control = new();
        using (Utf8JsonWriter writer = new(control))
        {
            writer.WriteStartObject();
            foreach (JsonProperty member in body.EnumerateObject())
            {
                string name = PushedControls.NameOf(member);
                if (name != PushExpiry.Member)
                {
                    writer.WritePropertyName(name);
                    member.Value.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(control.WrittenSpan);
    }
}
