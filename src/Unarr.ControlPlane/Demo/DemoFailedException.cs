namespace Unarr.ControlPlane.Demo;

/// <summary>Something that the demo shows did not happen.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
