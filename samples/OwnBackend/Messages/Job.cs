namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>A job: so many bytes to move, and how many of them are moved.</summary>
internal sealed record Job(string Id, string Name, long Bytes, long DoneBytes = 0, JobState State = JobState.Waiting)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEnded => State is JobState.Done or JobState.Cancelled;
}
