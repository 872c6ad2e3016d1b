namespace Unarr.ControlPlane.Connections;

/// <summary>A connection's feature that is called when the key of one of its requests was accepted; a server need not have it.</summary>
internal interface IAdmissionFeature
{
    /// <summary>The key of a request was accepted.</summary>
    void Admit();

    /// <summary>Calls the feature of a request's connection, where there is one.</summary>
    static void Admit(HttpContext context) => context.Features.Get<IAdmissionFeature>()?.Admit();
}
