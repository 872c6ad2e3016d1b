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
            request.AgentIds.Count == 1 || request.AgentIds.Distinct(StringComparer.Ordinal).Count() == request.AgentIds.Count,
            "A push names an agent twice.");
        if (request.Controls.Count is 0 or > ControlCommand.MaxControls)
        {
            throw new ArgumentException(
                $"A push has {request.Controls.Count} controls: 1 to {ControlCommand.MaxControls} may be pushed at once.");
        }

        ThrowUnless(!(request.ExpiresAfter <= TimeSpan.Zero), "A push expires after more than no time.");
        if (request.IdempotencyKey is { } key && !(key.Length is > 0 and <= MaxKey && key.All(static c => c is > ' ' and <= '~')))
        {
            throw new ArgumentException($"An idempotency key is 1 to {MaxKey} visible ASCII characters.");
        }

        for (int i = 0; i < request.Controls.Count; i++)
        {
            ThrowIfUnusable(request.Controls[i], i + 1);
        }
    }

    private static void ThrowIfUnusable(Control? control, int number)
    {
        string? why = control switch
        {
            null => " is null.",
            { Action: null or "" } => " needs an action.",
            { TaskId: null } => "'s task id is null.",
            _ => WhyUnusable("action", control.Action) ?? WhyUnusable("task id", control.TaskId),
        };
        if (why is not null)
        {
            throw new ArgumentException($"Control {number}{why}");
        }
    }

    /// <summary>"Action, task id and id 1,024 bytes each."</summary>
    private static string? WhyUnusable(string member, string text)
    {
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return $"'s {member} has half of a surrogate pair, which is not text.";
        }

        return bytes <= Control.MaxStringBytes ? null
            : $"'s {member} is {bytes} bytes as UTF-8: an agent reads at most {Control.MaxStringBytes}.";
    }

    private static void ThrowUnless(bool isUsable, string why)
    {
        if (!isUsable)
        {
            throw new ArgumentException(why);
        }
    }
}
