using System.Text;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Refuses pushes that no agent could read, or that are not clear.</summary>
internal static class PushCheck
{
    private const int MaxKey = 256;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Copies a push, whose lists belong to the caller, and checks the copy.</summary>
    /// <exception cref="ArgumentException">The push cannot be made; the message says why.</exception>
    public static PushRequest Checked(PushRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ThrowUnless(request.AgentIds is not null && request.Controls is not null, "A push names agents and controls.");
        PushRequest copy = new()
        {
            AgentIds = [.. request.AgentIds!],
            Controls = [.. request.Controls!],
            ExpiresAfter = request.ExpiresAfter,
            IdempotencyKey = request.IdempotencyKey,
        };
        ThrowIfUnusable(copy);
        return copy;
    }

    private static void ThrowIfUnusable(PushRequest request)
    {
        ThrowUnless(request.AgentIds.All(static id => id is not null), "A push names an agent that is null.");
        ThrowUnless(
            request.AgentIds.Distinct(StringComparer.Ordinal).Count() == request.AgentIds.Count, "A push names an agent twice.");
        ThrowUnless(
            request.Controls.Count is > 0 and <= ControlCommand.MaxControls,
            $"A push has {request.Controls.Count} controls: 1 to {ControlCommand.MaxControls} may be pushed at once.");
        ThrowUnless(!(request.ExpiresAfter <= TimeSpan.Zero), "A push expires after more than no time.");
        ThrowUnless(
            request.IdempotencyKey is not { } key || (key.Length is > 0 and <= MaxKey && key.All(static c => c is > ' ' and <= '~')),
            $"An idempotency key is 1 to {MaxKey} visible ASCII characters.");
        for (int i = 0; i < request.Controls.Count; i++)
        {
            string which = $"Control {i + 1}";
            ThrowUnless(request.Controls[i] is not null, $"{which} is null.");
            ThrowUnless(request.Controls[i].Action is { Length: > 0 }, $"{which} needs an action.");
            ThrowUnless(request.Controls[i].TaskId is not null, $"{which}'s task id is null.");
            ThrowIfUnusable(request.Controls[i].Action, $"{which}'s action");
            ThrowIfUnusable(request.Controls[i].TaskId, $"{which}'s task id");
        }
    }

    /// <summary>"Action, task id and id 1,024 bytes each."</summary>
    private static void ThrowIfUnusable(string text, string which)
    {
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException($"{which} has half of a surrogate pair, which is not text.", exception);
        }

        ThrowUnless(
            bytes <= Control.MaxStringBytes, $"{which} is {bytes} bytes as UTF-8: an agent reads at most {Control.MaxStringBytes}.");
    }

    private static void ThrowUnless(bool isUsable, string why)
    {
        if (!isUsable)
        {
            throw new ArgumentException(why);
        }
    }
}
