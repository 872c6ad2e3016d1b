namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>How far a job has come.</summary>
internal enum JobState
{
    /// <summary>No agent has taken it yet.</summary>
    Waiting = 0,

    /// <summary>An agent has it.</summary>
    Running = 1,

    /// <summary>All of its bytes are moved.</summary>
    Done = 2,

    /// <summary>It was cancelled.</summary>
    Cancelled = 3,
}
