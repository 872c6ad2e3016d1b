using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>The keys with which stream and poll were refused: looked at after each input, so that no acceptance is missed that came between
/// a refusal and its input.</summary>
internal sealed class RefusedKeys
{
    private KeyStamp? _stream;
    private KeyStamp? _poll;

    /// <summary>Takes what happened, and tells whether one of the refused keys is replaced by now: each is told once.</summary>
    public bool AreReplaced(in DownlinkInput input, KeyRotation rotation)
    {
        switch (input.Kind)
        {
            case DownlinkInputKind.StreamEnded:
                _stream = input.RefusedKey;
                break;
            case DownlinkInputKind.PollFailed or DownlinkInputKind.PollAnswered:
                _poll = input.RefusedKey;
                break;
        }

        return IsReplaced(ref _stream, rotation) | IsReplaced(ref _poll, rotation);
    }

    private static bool IsReplaced(ref KeyStamp? refused, KeyRotation rotation)
    {
        bool isReplaced = refused is { } stamp && rotation.IsReplaced(stamp);
        refused = isReplaced ? null : refused;
        return isReplaced;
    }
}
