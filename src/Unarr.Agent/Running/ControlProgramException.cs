namespace Unarr.Agent.Running;

/// <summary>The control program has not done what it was started for.</summary>
/// <param name="reason">What it did instead, in a few words: <c>exit code 1</c>.</param>
/// <param name="message">The same as a sentence.</param>
internal sealed class ControlProgramException(string reason, string message) : Exception(message)
{
    public string Reason => reason;
}
