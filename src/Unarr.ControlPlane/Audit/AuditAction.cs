namespace Unarr.ControlPlane.Audit;

/// <summary>The words for what an operator did, as the audit log writes them.</summary>
internal static class AuditAction
{
    public const string Push = "push";
    public const string PushToMany = "push-to-many";
    public const string Withdraw = "withdraw";
    public const string RequestSync = "sync";
    public const string Watch = "watch";
    public const string Export = "export";
    public const string SignIn = "sign-in";
    public const string SignInRefused = "sign-in-refused";
    public const string SignOut = "sign-out";
}
