namespace Unarr.Agents.Hub.Agents;

/// <summary>An event of the application on its way to one stream.</summary>
/// <param name="Type">The event's type in UTF-8.</param>
/// <param name="Data">Its data.</param>
internal sealed record StreamEvent(byte[] Type, byte[] Data)
{
    public int Bytes => Type.Length + Data.Length;
}
