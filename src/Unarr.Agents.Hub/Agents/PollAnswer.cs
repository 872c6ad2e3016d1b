namespace Unarr.Agents.Hub.Agents;

/// <summary>Why a held poll ended.</summary>
internal enum PollAnswer
{
    /// <summary>Something is to be fetched: sync now.</summary>
    Wake,

    /// <summary>Nothing came for as long as a poll is held, or the control plane stops: ask again.</summary>
    Nothing,

    /// <summary>The agent went away.</summary>
    Gone,
}
