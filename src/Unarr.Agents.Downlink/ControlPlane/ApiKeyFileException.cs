namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>The API key file cannot be used and never could. The message names the file and never holds a key.</summary>
internal sealed class ApiKeyFileException(string message) : IOException(message);
