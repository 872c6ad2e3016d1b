namespace Unarr.Pipelines.Http;

/// <summary>Notices that an API key is accepted after another one was refused, on whichever endpoint. Thread-safe.</summary>
internal sealed class KeyRotation
{
    private string? _refused;

    /// <summary>Called when it was noticed.</summary>
    public event Action? Noticed;

    public void Refused(string key) => Volatile.Write(ref _refused, key);

    public void Accepted(string key)
    {
        string? refused = Volatile.Read(ref _refused);
        if (refused is not null && refused != key && Interlocked.CompareExchange(ref _refused, null, refused) == refused)
        {
            Noticed?.Invoke();
        }
    }
}
