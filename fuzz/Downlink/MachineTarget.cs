namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Whose input a step is.</summary>
internal enum MachineTarget
{
    /// <summary>That of a stream or poll that may be long gone.</summary>
    Stray,

    Stream,
    Poll,
}
